package dev.postevent;

import org.jspecify.annotations.Nullable;

/**
 * Something transient was in the way: the database was restarted or did not answer, another transaction held a lock or was
 * preferred, no connection was free. {@link #isTransient()} is true.
 *
 * <p>A transaction in which it was thrown rolls back. Run the whole of it again, after a moment; inside an observer let it
 * escape, and the event is tried again. A few of these in a row do not count as attempts.
 *
 * @since 0.1.0
 */
public class TransientFailureException extends PosteventException {
    private static final long serialVersionUID = 1L;

    /** Makes the exception; see {@link PosteventException}. */
    public TransientFailureException(String code, String message, @Nullable Throwable cause) {
        super(code, message, cause);
    }

    @Override
    public boolean isTransient() {
        return true;
    }
}
