package dev.postevent.testkit;

import dev.postevent.Delivery;
import dev.postevent.internal.cdi.SimulatedDelivery;
import dev.postevent.simulation.Observing;
import dev.postevent.simulation.UserPart;
import io.cloudevents.CloudEvent;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;

/** A {@link Handler} as the observer of a subscription: it wants all. */
record HandlerObserver(String name, String topic) implements Observing {

    /** A handler with the effects of its node. */
    private record Bound(Handler handler, Effects effects) {}

    static UserPart part(String name, String topic, Supplier<? extends Handler> handler) {
        return new UserPart(
                List.of(new HandlerObserver(name, topic)),
                effects -> new Bound(
                        Objects.requireNonNull(handler.get(), () -> "the handler of " + name + " is null"), effects));
    }

    @Override
    public boolean wants(String type) {
        return true;
    }

    @Override
    public String wanted() {
        return "events of every type";
    }

    @Override
    public boolean takesLists() {
        return false;
    }

    @Override
    public void prepare() {
        // needs nothing
    }

    @Override
    public void handle(Object life, Delivery delivery) throws Exception {
        Bound bound = (Bound) life;
        SimulatedDelivery.during(delivery, () -> bound.handler().handle(delivery.event(), delivery, bound.effects()));
    }

    @Override
    public void handleAll(Object life, List<CloudEvent> events) {
        throw new UnsupportedOperationException("a Handler takes no lists");
    }
}
