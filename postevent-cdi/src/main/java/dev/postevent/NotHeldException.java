package dev.postevent;

/**
 * The subscription does not hold the event, or not in the state that was needed: it was handled, retried or skipped meanwhile.
 * Look again before anything else is done to it.
 *
 * @since 0.1.0
 */
public final class NotHeldException extends PosteventException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception; see {@link PosteventException}. */
    public NotHeldException(String code, String message) {
        super(code, message);
    }
}
