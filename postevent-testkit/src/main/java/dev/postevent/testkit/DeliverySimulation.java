package dev.postevent.testkit;

import dev.postevent.internal.cdi.SimulatedJson;
import dev.postevent.internal.cdi.SimulatedObserver;
import dev.postevent.simulation.Observing;
import dev.postevent.simulation.UserEvents;
import dev.postevent.simulation.UserPart;
import dev.postevent.simulation.UserWorld;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Drives observers through everything that may befall them: nodes that die before and after the commit, commits that fail or whose answer
 * is lost, rollbacks and further attempts, held, parked and retried subjects, restarts, lanes that move between up to three nodes.
 *
 * <p>A bean is tested as it is. It is made by the test, over a small simulated database ({@link Effects}), and postevent calls its
 * durable observers:
 *
 * <pre>{@code
 * @Test
 * void shippingIsRightWhateverHappens() {
 *     DeliverySimulation.of(effects -> new Shipping(new ParcelsIn(effects)))
 *             .events((number, subject) -> new OrderPlaced("o" + number, subject))
 *             .run();
 * }
 *
 * @ApplicationScoped
 * public class Shipping {
 *     private final Parcels parcels;
 *
 *     @Inject
 *     public Shipping(Parcels parcels) {
 *         this.parcels = parcels;
 *     }
 *
 *     @Subscription("shipping")
 *     void ship(@Observes @Topic("orders") OrderPlaced order, Delivery delivery) {
 *         parcels.add(order.id());
 *     }
 * }
 * }</pre>
 *
 * <p>The real stages of postevent run in a simulated world of one thread. Each seed is another world, and the same seed is the same
 * world again. After each, what the observers have left behind is compared with what they leave when every event is handled once, in
 * position order, on one node where nothing happens: a difference means that an observer depends on something postevent does not
 * promise, or does outside of the transaction what must happen once.
 *
 * <p>What an observer throws means what it means to postevent: {@link dev.postevent.ParkNowException} parks the event, and one that is
 * parked at each call is skipped in the end, when its effects must be none; {@link dev.postevent.RetryLaterException} has it come later,
 * and its subject wait. Any other exception that no simulated fault has caused is a failure, which the simulation shows.
 *
 * <p>Not for several threads. All methods but {@link #run} change and return the object they are called on.
 */
public final class DeliverySimulation {
    /**
     * Name of a system property: {@code -Dpostevent.testkit.seed=4711} has each simulation run the world of that seed only, and print
     * what happened in it.
     */
    public static final String SEED = "postevent.testkit.seed";

    private static final Pattern SUBSCRIPTION_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,199}");

    private final List<Part> parts = new ArrayList<>();
    private final SimulatedJsonOnDemand json = new SimulatedJsonOnDemand();
    private Making events = (number, subject) -> CloudEventBuilder.v1()
            .withId("any")
            .withSource(URI.create("/any"))
            .withType("simulated")
            .build();
    private boolean subjects;
    private @Nullable String topic;
    private long from;
    private long count = 200;
    private int steps = 1_000;

    /** Makes the events of a simulation. */
    @FunctionalInterface
    public interface Making {
        /**
         * Makes one.
         *
         * @param number 1 for the first; some are of transactions that are rolled back, so not all numbers are published
         * @param subject the subject the event has; null: none
         * @return an event, or a payload as {@code Event.fire} takes it
         */
        Object make(int number, @Nullable String subject);
    }

    /**
     * How much happened in all worlds together.
     *
     * @param worlds one for each seed
     * @param events that were handled, once for each subscription
     * @param calls of observers, of which all above {@code events} were rolled back, or came to nothing, or were of events that were
     *     parked and skipped; one with a list counts as one
     */
    public record Summary(long worlds, long events, long calls) {}

    /** What was asked for; its observers are looked at when it runs. */
    private sealed interface Part {}

    private record OfHandler(String subscription, Supplier<? extends Handler> handler) implements Part {}

    private record OfBean(Function<Effects, ?> bean) implements Part {}

    /** A test of handlers alone needs no JSON-B, nor its API. */
    private static final class SimulatedJsonOnDemand {
        private @Nullable SimulatedJson made;

        SimulatedJson get() {
            SimulatedJson json = made;
            if (json == null) {
                ClassPath.checkJsonBinding();
                json = new SimulatedJson();
                made = json;
            }
            return json;
        }
    }

    private DeliverySimulation() {}

    /**
     * A simulation of the durable observers of a bean: its methods with {@code @Subscription} and {@code @Observes @Topic}, inherited
     * ones, too. They are called as in production, with a {@code CloudEvent}, bytes or what JSON-B makes of the data, or a {@code List}
     * of one of these, and with a {@code Delivery}; {@code @EventType} chooses. Several observers of one bean have its effects in common.
     *
     * <pre>{@code
     * DeliverySimulation.of(effects -> new Shipping(new ParcelsIn(effects))).run();
     * }</pre>
     *
     * @param bean makes a bean over these effects; asked at each start of a node, so that its fields are what a node remembers, and once
     *     before, to look at its class
     */
    public static DeliverySimulation of(Function<Effects, ?> bean) {
        return new DeliverySimulation().and(bean);
    }

    /**
     * A simulation of a handler, which is the core of an observer without its bean.
     *
     * <pre>{@code
     * DeliverySimulation.of("billing", Billing::new).seeds(0, 1_000).run();
     * }</pre>
     *
     * @param subscription its name: {@code ^[A-Za-z][A-Za-z0-9_.-]{0,199}$}
     * @param handler is asked for a new object at each start of a node
     * @throws IllegalArgumentException if no subscription has such a name
     */
    public static DeliverySimulation of(String subscription, Supplier<? extends Handler> handler) {
        return new DeliverySimulation().and(subscription, handler);
    }

    /**
     * One more bean that observes the same topic, with effects of its own.
     *
     * @param bean as of {@link #of(Function)}
     */
    public DeliverySimulation and(Function<Effects, ?> bean) {
        parts.add(new OfBean(Objects.requireNonNull(bean, "bean")));
        return this;
    }

    /**
     * One more subscription to the same topic, with effects of its own.
     *
     * @param subscription another name than the others have
     * @param handler as of {@link #of(String, Supplier)}
     * @throws IllegalArgumentException if no subscription has such a name
     */
    public DeliverySimulation and(String subscription, Supplier<? extends Handler> handler) {
        Objects.requireNonNull(handler, "handler");
        if (!SUBSCRIPTION_NAME.matcher(subscription).matches()) {
            throw new IllegalArgumentException("the subscription name '" + subscription
                    + "' is not valid: 1 to 200 of A-Z, a-z, 0-9, '_', '.', '-', beginning with a letter");
        }
        parts.add(new OfHandler(subscription, handler));
        return this;
    }

    /**
     * Says what the events are. If it is not said they have the type {@code simulated} and no data. Whatever is made, the event's id is
     * {@code e} and its number, its source is {@code /simulation}, and its subject is the simulation's: one of up to six, {@code s0} and
     * so on, or none.
     *
     * <pre>{@code
     * simulation.events((number, subject) -> new OrderPlaced("o" + number, subject));
     * }</pre>
     *
     * @param making makes an event, or a payload, whose class says the event's type with {@code @EventType}; the payload's
     *     {@code @Subject} is not looked at, so that whoever needs it there puts {@code subject} in
     */
    public DeliverySimulation events(Making making) {
        events = Objects.requireNonNull(making, "making");
        return this;
    }

    /**
     * As {@link #events(Making)}, of what needs no subject.
     *
     * <pre>{@code
     * simulation.events(number -> CloudEventBuilder.v1()
     *         .withId("any").withSource(URI.create("/any")).withType("order.placed")
     *         .withData("application/json", ("{\"id\":\"o" + number + "\"}").getBytes(UTF_8))
     *         .build());
     * }</pre>
     *
     * @param byNumber makes an event or a payload of a number, which is 1 or more
     */
    public DeliverySimulation events(IntFunction<?> byNumber) {
        Objects.requireNonNull(byNumber, "byNumber");
        return events((number, subject) -> byNumber.apply(number));
    }

    /** Gives every event a subject. If it is not said, about one of eight has none. */
    public DeliverySimulation subjectsAlways() {
        subjects = true;
        return this;
    }

    /**
     * Says which topic is simulated: there is one. If it is not said it is the one that the beans' observers observe, {@code orders} for
     * handlers.
     *
     * @param name of the topic; observers of other ones are left out
     * @throws IllegalArgumentException if no topic has such a name
     */
    public DeliverySimulation topic(String name) {
        topic = FakeDelivery.topicName(name);
        return this;
    }

    /**
     * Says which worlds to run: {@code howMany}, from the one with the seed {@code first} on. If it is not said they are the 200 from 0 on.
     *
     * @param howMany at least 1
     * @throws IllegalArgumentException if there would be none
     */
    public DeliverySimulation seeds(long first, long howMany) {
        if (howMany < 1) {
            throw new IllegalArgumentException("a simulation has at least 1 world, got " + howMany);
        }
        from = first;
        count = howMany;
        return this;
    }

    /**
     * Says how long things go wrong in each world: so many steps, then everything comes to an end. 1,000 if it is not said.
     *
     * @param number at least 1
     * @throws IllegalArgumentException if it is less
     */
    public DeliverySimulation steps(int number) {
        if (number < 1) {
            throw new IllegalArgumentException("a world has at least 1 step, got " + number);
        }
        steps = number;
        return this;
    }

    /**
     * Runs all worlds.
     *
     * @return how much happened
     * @throws AssertionError at the first world in which an observer was wrong or failed by itself, with its seed; and where none of its
     *     events was of a type that an observer takes
     * @throws IllegalArgumentException if a bean has no durable observer, or one that could not be deployed, or that needs what only a
     *     container has; or if names are there twice
     * @throws IllegalStateException if something is missing on the class path
     */
    public Summary run() {
        ClassPath.check(parts.stream().anyMatch(OfBean.class::isInstance));
        Long only = Long.getLong(SEED);
        UserWorld world = new UserWorld(prepared(), new UserEvents(this::event, subjects), steps, only != null);
        return only == null ? world.run(from, count) : world.run(only, 1);
    }

    private CloudEvent event(int number, @Nullable String subject) {
        Object made = Objects.requireNonNull(events.make(number, subject), "what events(...) makes is null");
        return made instanceof CloudEvent event ? event : json.get().event(made);
    }

    private List<UserPart> prepared() {
        List<UserPart> prepared = new ArrayList<>();
        Set<String> topics = new TreeSet<>();
        for (Part part : parts) {
            if (part instanceof OfBean bean) {
                UserPart found = found(bean);
                found.observers().forEach(observer -> topics.add(observer.topic()));
                prepared.add(found);
            }
        }
        if (topics.size() > 1) {
            throw new IllegalArgumentException("a simulation has one topic, and the observers are of " + topics
                    + ": say with topic(name) which one it is");
        }
        String simulated = topic != null
                ? topic
                : topics.isEmpty() ? "orders" : topics.iterator().next();
        for (Part part : parts) {
            if (part instanceof OfHandler handler) {
                prepared.add(HandlerObserver.part(handler.subscription(), simulated, handler.handler()));
            }
        }
        Set<String> names = new HashSet<>();
        for (UserPart part : prepared) {
            for (Observing observer : part.observers()) {
                if (!names.add(observer.name())) {
                    throw new IllegalArgumentException(
                            "two observers are the subscription '" + observer.name() + "'; each has a name of its own");
                }
                observer.prepare();
            }
        }
        return prepared;
    }

    private UserPart found(OfBean asked) {
        Function<Effects, Object> maker =
                effects -> Objects.requireNonNull(asked.bean().apply(effects), "what makes the bean returned null");
        Class<?> type = maker.apply(UserWorld.noEffects()).getClass();
        List<Observing> observers = new ArrayList<>();
        for (SimulatedObserver observer : SimulatedObserver.of(type, json.get())) {
            if (topic == null || topic.equals(observer.topic())) {
                observers.add(observer);
            }
        }
        if (observers.isEmpty()) {
            throw new IllegalArgumentException(type.getName() + " has no durable observer of topic " + topic);
        }
        return new UserPart(observers, maker);
    }
}
