package jakarta.ejb;

/** As in the API. */
public enum TransactionManagementType {
    CONTAINER,
    BEAN
}
