package dev.postevent.testkit;

import dev.postevent.Delivery;
import io.cloudevents.CloudEvent;

/**
 * What an observer does, where there is no bean yet, or it is not to be had without its container: one object per life of a node, so that
 * its fields are what a node remembers.
 *
 * <pre>{@code
 * Handler billing = (event, delivery, effects) -> effects.put("bill of " + event.getId(), "written");
 * DeliverySimulation.of("billing", () -> billing).run();
 * }</pre>
 */
@FunctionalInterface
public interface Handler {

    /**
     * Handles an event, in a transaction that commits after it or rolls back.
     *
     * @param event as published, with the simulation's id, source and subject
     * @param delivery of this call
     * @param effects where it keeps what it does
     * @throws Exception and the transaction rolls back, and the event comes again; {@link dev.postevent.ParkNowException} and {@link
     *     dev.postevent.RetryLaterException} mean what they mean of an observer, any other that no simulated fault has caused is
     *     the handler's own failure, which the simulation shows
     */
    void handle(CloudEvent event, Delivery delivery, Effects effects) throws Exception;
}
