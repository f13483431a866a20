package dev.postevent;

import org.jspecify.annotations.Nullable;

/**
 * The topic has an event with the same source and id. Publishing it again gives the same answer each time: whoever repeats what
 * may have been published already, takes this for success, once the transaction is rolled back.
 *
 * @since 0.1.0
 */
public final class DuplicateEventException extends PosteventException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception; see {@link PosteventException}. */
    public DuplicateEventException(String code, String message, @Nullable Throwable cause) {
        super(code, message, cause);
    }
}
