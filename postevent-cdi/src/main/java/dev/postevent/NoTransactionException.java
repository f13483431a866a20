package dev.postevent;

/**
 * An event was to be published where there is no transaction it could be part of.
 *
 * @since 0.1.0
 */
public final class NoTransactionException extends PosteventException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception; see {@link PosteventException}. */
    public NoTransactionException(String code, String message) {
        super(code, message);
    }
}
