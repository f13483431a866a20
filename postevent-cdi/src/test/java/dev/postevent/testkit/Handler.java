package dev.postevent.testkit;

import dev.postevent.Delivery;
import io.cloudevents.CloudEvent;

/** What an observer does, without its container: one object per life of a node, so that its fields are what a node remembers. */
@FunctionalInterface
public interface Handler {

    /**
     * Handles an event, in a transaction that commits after it or rolls back.
     *
     * @param effects where it keeps what it does
     * @throws Exception and the transaction rolls back, and the event comes again
     */
    void handle(CloudEvent event, Delivery delivery, Effects effects) throws Exception;
}
