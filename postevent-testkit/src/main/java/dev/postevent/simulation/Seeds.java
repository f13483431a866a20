package dev.postevent.simulation;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/** Many runs, on all cores; each is a world and a thread of its own. */
final class Seeds {
    /** Held, so that its level stays: the stages have much to say about simulated faults. */
    private static final Logger STAGES = Logger.getLogger("dev.postevent");

    private final LongAdder steps = new LongAdder();
    private final LongAdder calls = new LongAdder();

    static void quiet() {
        STAGES.setLevel(Level.OFF);
    }

    static void loud() {
        STAGES.setLevel(null);
    }

    static World.Outcome run(Scenario scenario) {
        return new World(scenario, false).run();
    }

    static World.Outcome trace(Scenario scenario) {
        return new World(scenario, true).run();
    }

    /** The outcome of the least seed that breaks a promise; null if none does. */
    World.@Nullable Outcome firstBroken(long from, long count, LongFunction<Scenario> scenario) {
        AtomicLong least = new AtomicLong(Long.MAX_VALUE);
        LongStream.range(from, from + count).parallel().forEach(seed -> {
            if (seed < least.get()) {
                World.Outcome outcome = run(scenario.apply(seed));
                steps.add(outcome.steps());
                calls.add(outcome.calls());
                if (outcome.violation() != null) {
                    least.accumulateAndGet(seed, Math::min);
                }
            }
        });
        return least.get() == Long.MAX_VALUE ? null : run(scenario.apply(least.get()));
    }

    long steps() {
        return steps.sum();
    }

    long calls() {
        return calls.sum();
    }
}
