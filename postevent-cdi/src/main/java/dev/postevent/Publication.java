package dev.postevent;

import io.cloudevents.CloudEvent;
import java.util.OptionalLong;

/**
 * An event that was taken to be published, which it is if the transaction commits; nothing here tells whether it did. What {@code
 * publishNow} has written is a row like any other: a rollback to a savepoint takes it back, though the transaction commits. May be read
 * by any thread.
 *
 * <pre>{@code
 * Publication placed = orders.publish("order.placed", order.customer(), order);
 * log.info("order " + order.id() + " is event " + placed.event().getId());
 * }</pre>
 *
 * @since 0.1.0
 */
public interface Publication {

    /** The topic's name in this application. */
    String topic();

    /** The event as it is published, with what was made for it (id, source, time); never one that is changed from outside. */
    CloudEvent event();

    /**
     * Where the event stands in the topic, from the moment on when it was written: of {@code publishNow} at once, of {@code publish}
     * right before the commit, so that code that runs later sees it; empty until then. It counts only if the transaction commits. After
     * a rollback to a savepoint, one that {@code publishNow} wrote since counts no more, and an event that {@code publish} has taken is
     * written anew before the commit, at another position.
     */
    OptionalLong position();
}
