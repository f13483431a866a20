package jakarta.ejb;

/** As in the API. */
public enum TransactionAttributeType {
    REQUIRED,
    REQUIRES_NEW,
    NOT_SUPPORTED,
    NEVER,
    MANDATORY,
    SUPPORTS
}
