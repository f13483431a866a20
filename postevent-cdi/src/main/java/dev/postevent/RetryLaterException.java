package dev.postevent;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Thrown by an observer: this event can be handled, but not before a time that the observer knows, as when another system says when it
 * is there again. The next attempt comes after that time and not by the subscription's back-off. It is an attempt like any other: it
 * counts, what it wrote is rolled back, and later events of the subject wait. On the last attempt that is allowed the event is parked
 * all the same. A long wait does not use up the time after which it is given up ({@code postevent.subscriptions.<name>.give-up-after}):
 * only as much of it counts as the back-off would have waited. With {@code on-failure=block} the whole lane waits for so long. Thrown
 * for a {@code List} of several events it delays none of them: they come again in lists of one, and there it counts.
 *
 * <pre>{@code
 * catch (TooManyRequests e) {
 *     throw new RetryLaterException(e.retryAfter(), "the mail server takes no more", e);
 * }
 * }</pre>
 *
 * <p>It may be the cause of what leaves the observer, at whatever depth.
 *
 * @since 0.1.0
 */
public class RetryLaterException extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final Duration LONGEST = Duration.ofDays(366);
    private final Duration after;

    /**
     * Makes an exception.
     *
     * @param after how long at least, 0 to 366 days
     * @param message why, for the operator
     * @throws IllegalArgumentException if {@code after} is out of its bounds
     */
    public RetryLaterException(Duration after, String message) {
        this(after, message, null);
    }

    /**
     * As {@link #RetryLaterException(Duration, String)}, with a cause.
     *
     * @param after how long at least, 0 to 366 days
     * @param message why, for the operator
     * @param cause what went wrong, or null
     * @throws IllegalArgumentException if {@code after} is out of its bounds
     */
    public RetryLaterException(Duration after, String message, @Nullable Throwable cause) {
        super(message, cause);
        if (after.isNegative() || after.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("retry after " + after + ": expected 0 to 366 days");
        }
        this.after = after;
    }

    /** How long at least. */
    public final Duration after() {
        return after;
    }
}
