package dev.postevent;

import org.jspecify.annotations.Nullable;

/**
 * Thrown by an observer: this event will never be handled, however often it comes. It is parked after this attempt, and an operator
 * decides (retry or skip); what the attempt wrote is rolled back, and later events of the subject wait, as behind any parked event.
 *
 * <pre>{@code
 * @Subscription("billing")
 * void bill(@Observes @Topic("orders") OrderPlaced order) {
 *     if (order.cents() < 0) {
 *         throw new ParkNowException("order " + order.id() + " has a negative amount");
 *     }
 *     ...
 * }
 * }</pre>
 *
 * <p>It may be the cause of what leaves the observer, at whatever depth. Of a subscription with {@code on-failure=block}, which parks
 * nothing, it is a failure like any other. Thrown for a {@code List} of several events it is one, too: they come again in lists of one,
 * and the list of one for which it is thrown is parked.
 *
 * @since 0.1.0
 */
public class ParkNowException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes an exception.
     *
     * @param message why, for the operator
     */
    public ParkNowException(String message) {
        this(message, null);
    }

    /**
     * As {@link #ParkNowException(String)}, with a cause.
     *
     * @param message why, for the operator
     * @param cause what went wrong, or null
     */
    public ParkNowException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
