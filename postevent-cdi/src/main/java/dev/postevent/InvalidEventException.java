package dev.postevent;

import org.jspecify.annotations.Nullable;

/**
 * An event was refused at the edge: it breaks a rule of CloudEvents 1.0 or a limit, which the message names.
 *
 * @since 0.1.0
 */
public final class InvalidEventException extends PosteventException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception; see {@link PosteventException}. */
    public InvalidEventException(String code, String message) {
        super(code, message);
    }

    /** Makes the exception with a cause. */
    public InvalidEventException(String code, String message, @Nullable Throwable cause) {
        super(code, message, cause);
    }
}
