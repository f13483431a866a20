package dev.postevent;

/**
 * There is no topic or subscription of that name in this application; the message has the names that there are.
 *
 * @since 0.1.0
 */
public final class NotFoundException extends PosteventException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception; see {@link PosteventException}. */
    public NotFoundException(String code, String message) {
        super(code, message);
    }
}
