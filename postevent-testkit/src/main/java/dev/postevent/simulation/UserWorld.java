package dev.postevent.simulation;

import dev.postevent.testkit.DeliverySimulation;
import dev.postevent.testkit.DeliverySimulation.Summary;
import dev.postevent.testkit.Effects;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Worlds with a user's observers in them: what is behind {@link DeliverySimulation}. */
public final class UserWorld {
    /** Held, so that its level stays: the stages have much to say about simulated faults. */
    private static final Logger STAGES = Logger.getLogger("dev.postevent");

    private static final Pattern NOT_HANDLED =
            Pattern.compile("(?s)I1/I8: subscription (\\d+) has not handled position (\\d+) of subject (\\S+),.*");

    private final List<UserPart> parts;
    private final UserEvents events;
    private final int steps;
    private final boolean tracing;

    public UserWorld(List<UserPart> parts, UserEvents events, int steps, boolean tracing) {
        this.parts = List.copyOf(parts);
        this.events = events;
        this.steps = steps;
        this.tracing = tracing;
    }

    /** Effects of what is only looked at. */
    public static Effects noEffects() {
        return new UserStore().calm();
    }

    /** Runs worlds until one goes wrong. */
    public Summary run(long from, long count) {
        Level before = STAGES.getLevel();
        STAGES.setLevel(Level.OFF);
        try {
            long handled = 0;
            long calls = 0;
            Set<String> types = new TreeSet<>();
            for (long seed = from; seed < from + count; seed++) {
                UserLives lives = new UserLives(parts, events);
                World world = new World(scenario(seed), tracing, lives);
                World.Outcome outcome = world.run();
                if (tracing) {
                    outcome.trace().forEach(System.out::println);
                }
                judge(seed, world, outcome, lives);
                for (int i = 0; i < lives.subscriptions().size(); i++) {
                    handled += world.checker.handled(i).size();
                }
                calls += lives.calls();
                types.addAll(lives.types());
            }
            refuseUnwanted(types);
            return new Summary(count, handled, calls);
        } finally {
            STAGES.setLevel(before);
        }
    }

    /** A test in which nothing comes would be green for nothing. */
    private void refuseUnwanted(Set<String> types) {
        for (UserPart part : parts) {
            for (Observing observer : part.observers()) {
                if (!types.isEmpty() && types.stream().noneMatch(observer::wants)) {
                    throw new AssertionError("subscription " + observer.name() + " takes " + observer.wanted()
                            + ", and none came: the simulated events were of the types " + types
                            + ". Say with events(...) what they are");
                }
            }
        }
    }

    private Scenario scenario(long seed) {
        // of events that somebody dropped, what the handler did is left
        Scenario any = Scenario.of(seed, steps, Mutant.NONE).without(Fault.TABLE_REMADE);
        int subscriptions =
                parts.stream().mapToInt(part -> part.observers().size()).sum();
        Scenario.Work work = any.work();
        return any.with(new Scenario.Work(subscriptions, work.lanes(), work.batchMax(), work.blockOnFailure()));
    }

    private void judge(long seed, World world, World.Outcome outcome, UserLives lives) {
        Violation violation = outcome.violation();
        if (violation != null) {
            throw broken(seed, violation, lives);
        }
        for (UserFailure own : lives.failures().values()) {
            if (own.isAssertion()) {
                throw failed(seed, own.text(), own.thrown());
            }
        }
        for (UserPart part : parts) {
            String difference;
            try {
                difference = lives.store(part).differenceFrom(calm(part, world, lives));
            } catch (UserCalm.Failed e) {
                throw failed(seed, e.getMessage(), e.getCause());
            }
            if (difference != null) {
                UserFailure own = own(lives, part);
                String what = part.named() + ": " + difference;
                throw failed(
                        seed,
                        own == null ? what : own.text() + "\nAnd then: " + what,
                        own == null ? null : own.thrown());
            }
        }
    }

    @SuppressWarnings("ReferenceEquality") // a part is itself, whatever it looks like
    private static UserStore calm(UserPart part, World world, UserLives lives) throws UserCalm.Failed {
        UserCalm calm = new UserCalm(part);
        for (int i = 0; i < lives.subscriptions().size(); i++) {
            UserLives.Subscribed one = lives.subscriptions().get(i);
            if (one.part() == part) {
                calm.add(one.observer(), world.checker.handled(i), world.checker.skipped(i));
            }
        }
        return calm.run();
    }

    @SuppressWarnings("ReferenceEquality") // as above
    private static @Nullable UserFailure own(UserLives lives, UserPart part) {
        for (int i = 0; i < lives.subscriptions().size(); i++) {
            if (lives.subscriptions().get(i).part() == part && lives.failures().containsKey(i)) {
                return lives.failures().get(i);
            }
        }
        return null;
    }

    private AssertionError broken(long seed, Violation violation, UserLives lives) {
        String message = String.valueOf(violation.getMessage());
        if (lives.eventsFailed() != null) {
            return failed(seed, message, lives.eventsFailed());
        }
        List<UserFailure> own = new ArrayList<>(lives.failures().values());
        Matcher notHandled = NOT_HANDLED.matcher(message);
        String promise;
        if (notHandled.matches()) {
            int subscription = Integer.parseInt(notHandled.group(1));
            promise = "subscription "
                    + lives.subscriptions().get(subscription).observer().name()
                    + " has not handled the event at position " + notHandled.group(2) + ", of subject "
                    + notHandled.group(3)
                    + ", though every simulated fault has been over for a minute: its observer keeps failing, or it waits"
                    + " behind one of its subject for which it does";
            UserFailure first = lives.failures().get(subscription);
            own = first == null ? own : List.of(first);
        } else {
            promise = "a promise of postevent's own is broken: " + message;
        }
        if (own.isEmpty()) {
            return failed(seed, promise, violation);
        }
        UserFailure first = own.get(0);
        return failed(
                seed,
                first.text()
                        + (first.calls() > 1
                                ? "\n(the first of " + first.calls() + " calls that failed by themselves)"
                                : "")
                        + "\nAnd then: " + promise,
                first.thrown());
    }

    private AssertionError failed(long seed, String what, @Nullable Throwable cause) {
        return new AssertionError(
                "seed " + seed + ": " + what + "\nTo see it again: seeds(" + seed + ", 1), or -D"
                        + DeliverySimulation.SEED + "=" + seed + " for all that happened",
                cause);
    }
}
