package dev.postevent.simulation;

import dev.postevent.spi.LogEntry;
import dev.postevent.testkit.DeliverySimulation.Summary;
import dev.postevent.testkit.FakeDelivery;
import dev.postevent.testkit.Handler;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Worlds with a user's handlers in them: what is behind {@code DeliverySimulation}. */
public final class UserWorld {
    /** Held, so that its level stays: the stages have much to say about simulated faults. */
    private static final Logger STAGES = Logger.getLogger("dev.postevent");

    private final List<String> names;
    private final List<Supplier<? extends Handler>> suppliers;
    private final IntFunction<CloudEvent> events;
    private final int steps;
    private final boolean tracing;

    public UserWorld(
            List<String> names,
            List<Supplier<? extends Handler>> suppliers,
            IntFunction<CloudEvent> events,
            int steps,
            boolean tracing) {
        this.names = List.copyOf(names);
        this.suppliers = List.copyOf(suppliers);
        this.events = events;
        this.steps = steps;
        this.tracing = tracing;
    }

    private FakeDelivery told(LogEntry event, int subscription, int attempt, boolean again) {
        FakeDelivery told = FakeDelivery.of(event.toCloudEvent())
                .from("orders")
                .to(names.get(subscription))
                .at(event.position())
                .attempt(attempt);
        return again ? told.calledBefore() : told;
    }

    /** The handlers of one world: an object per node's life and subscription. */
    private final class Lives implements UserCode {
        final List<UserStore> stores = new ArrayList<>();
        private final Map<Process, Map<Integer, Handler>> lives = new IdentityHashMap<>();
        private long calls;

        Lives() {
            names.forEach(name -> stores.add(new UserStore()));
        }

        @Override
        public LogEntry event(long position, int number, @Nullable String subject) {
            CloudEvent template = events.apply(number);
            CloudEventBuilder event =
                    CloudEventBuilder.v1(template).withId("e" + number).withSource(URI.create("/simulation"));
            return LogEntry.of(
                    position, (subject == null ? event.withSubject(null) : event.withSubject(subject)).build());
        }

        @Override
        public void flush() {
            stores.forEach(UserStore::flush);
        }

        @Override
        public void loseUnflushed() {
            stores.forEach(UserStore::loseUnflushed);
        }

        @Override
        public void handle(
                World world,
                Process process,
                int subscription,
                LogEntry event,
                int attempt,
                boolean again,
                boolean last)
                throws Exception {
            calls++;
            Handler handler = lives.computeIfAbsent(process, any -> new java.util.HashMap<>())
                    .computeIfAbsent(
                            subscription, any -> suppliers.get(subscription).get());
            FakeDelivery told = told(event, subscription, attempt, again);
            if (last) {
                told.last();
            }
            handler.handle(told.event(), told, stores.get(subscription).in(world, process));
        }
    }

    /** Runs worlds until one goes wrong. */
    public Summary run(long from, long count) {
        Level before = STAGES.getLevel();
        STAGES.setLevel(Level.OFF);
        try {
            long handled = 0;
            long calls = 0;
            for (long seed = from; seed < from + count; seed++) {
                Lives lives = new Lives();
                World world = new World(scenario(seed), tracing, lives);
                World.Outcome outcome = world.run();
                if (tracing) {
                    outcome.trace().forEach(System.out::println);
                }
                judge(seed, world, outcome, lives);
                for (int i = 0; i < names.size(); i++) {
                    handled += world.checker.handled(i).size();
                }
                calls += lives.calls;
            }
            return new Summary(count, handled, calls);
        } finally {
            STAGES.setLevel(before);
        }
    }

    private Scenario scenario(long seed) {
        // of events that somebody dropped, what the handler did is left
        Scenario any = Scenario.of(seed, steps, Mutant.NONE).without(Fault.TABLE_REMADE);
        return any.withWork(names.size(), any.lanes(), any.batchMax(), any.blockOnFailure());
    }

    private void judge(long seed, World world, World.Outcome outcome, Lives lives) {
        Violation violation = outcome.violation();
        if (violation != null) {
            throw new AssertionError(text(seed, violation.getMessage()));
        }
        for (int i = 0; i < names.size(); i++) {
            String difference = lives.stores.get(i).differenceFrom(calm(seed, i, world.checker.handled(i)));
            if (difference != null) {
                throw new AssertionError(text(seed, "subscription " + names.get(i) + ": " + difference));
            }
        }
    }

    /** What the handler leaves where nothing happens. */
    private UserStore calm(long seed, int subscription, List<LogEntry> handled) {
        UserStore store = new UserStore();
        Handler handler = suppliers.get(subscription).get();
        for (LogEntry event : handled) {
            try {
                FakeDelivery told = told(event, subscription, 1, false);
                handler.handle(told.event(), told, store.calm());
            } catch (Exception e) {
                throw new AssertionError(
                        text(seed, "subscription " + names.get(subscription) + " fails where nothing is wrong: " + e),
                        e);
            }
        }
        return store;
    }

    private static String text(long seed, String what) {
        return "seed " + seed + ": " + what + "\nTo see it again: seeds(" + seed + ", 1), or -D"
                + dev.postevent.testkit.DeliverySimulation.SEED + "=" + seed + " for all that happened";
    }
}
