package dev.postevent;

import org.jspecify.annotations.Nullable;

/**
 * Root of all exceptions that postevent throws: unchecked, with a code ({@code PSTEV#####}) that does not change between releases.
 * {@link ParkNowException} and {@link RetryLaterException}, which observers throw, are none of them.
 *
 * <p>What to do about one: {@link #isTransient()} says whether the same may succeed later; {@link DuplicateEventException}, {@link
 * NotFoundException} and {@link NotHeldException} are answers that do not change by asking again; {@link InvalidEventException} and
 * {@link NoTransactionException} are mistakes of the caller.
 *
 * <pre>{@code
 * try {
 *     shop.place(order); // @Transactional, calls publishNow
 * } catch (DuplicateEventException e) {
 *     log.info("order " + order.id() + " was placed before");
 * } catch (PosteventException e) {
 *     if (!e.isTransient()) {
 *         throw e;
 *     }
 *     again.later(order);
 * }
 * }</pre>
 *
 * <p>Catch it outside of the transaction, as above: one that marked it for rollback leaves nothing to commit. What fails at the commit
 * comes as the transaction manager's exception, with ours among its causes.
 *
 * @since 0.1.0
 */
public class PosteventException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final String code;

    /**
     * Makes an exception whose message starts with its code.
     *
     * @param code {@code PSTEV} and five digits
     * @param message what was being done, to what, what was found, what to do next
     */
    public PosteventException(String code, String message) {
        this(code, message, null);
    }

    /** As {@link #PosteventException(String, String)}, with a cause. */
    public PosteventException(String code, String message, @Nullable Throwable cause) {
        super(code + ": " + message, cause);
        this.code = code;
    }

    /**
     * True if the same may succeed when the transaction is run again, because what was in the way passes; false if it may not, or
     * if nobody can tell.
     */
    public boolean isTransient() {
        return false;
    }

    /** The code, {@code PSTEV} and five digits. */
    public final String code() {
        return code;
    }
}
