package dev.postevent.testkit;

import dev.postevent.simulation.UserWorld;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/**
 * Drives handlers through everything that may befall them: nodes that die before and after the commit, commits that fail or whose answer
 * is lost, rollbacks and further attempts, held, parked and retried subjects, restarts, lanes that move between up to three nodes.
 *
 * <pre>{@code
 * @Test
 * void shippingIsRightWhateverHappens() {
 *     DeliverySimulation.of("shipping", Shipping::new).seeds(0, 200).run();
 * }
 *
 * static final class Shipping implements Handler {
 *     @Override
 *     public void handle(CloudEvent event, Delivery delivery, Effects effects) throws SQLException {
 *         effects.update("parcels of " + event.getSubject(), n -> n.isEmpty() ? "1" : "" + (Integer.parseInt(n) + 1));
 *     }
 * }
 * }</pre>
 *
 * <p>The real stages of postevent run in a simulated world of one thread. Each seed is another world, and the same seed is the same
 * world again. After each, what the handler has left behind is compared with what it leaves when every event is handled once, in
 * position order, on one node where nothing happens: a difference means that the handler depends on something postevent does not
 * promise, or does outside of the transaction what must happen once.
 */
public final class DeliverySimulation {
    /** Set to a number, runs that seed only, and prints what happened. */
    public static final String SEED = "postevent.testkit.seed";

    private final List<String> names = new ArrayList<>();
    private final List<Supplier<? extends Handler>> handlers = new ArrayList<>();
    private IntFunction<CloudEvent> events = number -> CloudEventBuilder.v1()
            .withId("any")
            .withSource(URI.create("/any"))
            .withType("simulated")
            .build();
    private long from;
    private long count = 200;
    private int steps = 1_000;

    /**
     * How much happened in all worlds together.
     *
     * @param worlds one for each seed
     * @param events that were committed, once for each subscription
     * @param calls of handlers, of which all above {@code events} were rolled back or came to nothing
     */
    public record Summary(long worlds, long events, long calls) {}

    private DeliverySimulation() {}

    /** A simulation of one subscription; {@code handler} is asked for a new object at each start of a node. */
    public static DeliverySimulation of(String subscription, Supplier<? extends Handler> handler) {
        return new DeliverySimulation().and(subscription, handler);
    }

    /** One more subscription to the same topic, with effects of its own. */
    public DeliverySimulation and(String subscription, Supplier<? extends Handler> handler) {
        names.add(subscription);
        handlers.add(handler);
        return this;
    }

    /** Makes type, data and extensions of the events; their id, source and subject are the simulation's. */
    public DeliverySimulation events(IntFunction<CloudEvent> byNumber) {
        events = byNumber;
        return this;
    }

    /** The worlds to run, {@code count} of them; 0 to 199 if not said. */
    public DeliverySimulation seeds(long first, long howMany) {
        from = first;
        count = howMany;
        return this;
    }

    /** Steps of each world while things go wrong; 1,000 if not said. */
    public DeliverySimulation steps(int number) {
        steps = number;
        return this;
    }

    /**
     * Runs all worlds.
     *
     * @throws AssertionError at the first in which a handler was wrong, with its seed
     */
    public Summary run() {
        Long only = Long.getLong(SEED);
        UserWorld world = new UserWorld(names, handlers, events, steps, only != null);
        return only == null ? world.run(from, count) : world.run(only, 1);
    }
}
