package dev.postevent;

import io.cloudevents.CloudEvent;
import java.util.OptionalLong;

/**
 * An event that was taken to be published. It is if the transaction commits; nothing here tells whether it did.
 *
 * <pre>{@code
 * Publication placed = orders.publish("order.placed", order.customer(), order);
 * log.info("order " + order.id() + " is event " + placed.event().getId());
 * }</pre>
 */
public interface Publication {

    /** The event as it is published, with what was made for it (id, source, time); never one that is changed from outside. */
    CloudEvent event();

    /**
     * Where the event stands in the topic, from the moment on when it was written: of {@code publishNow} at once, of {@code publish}
     * right before the commit, so that code that runs later sees it; empty until then. It counts only if the transaction commits, and
     * after a rollback to a savepoint an event that {@code publish} has taken is written anew, at another position.
     */
    OptionalLong position();
}
