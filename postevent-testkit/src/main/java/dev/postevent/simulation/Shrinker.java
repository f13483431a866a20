package dev.postevent.simulation;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes a failing scenario smaller as long as it breaks the same promise: fewer steps, actors, faults. */
final class Shrinker {
    /** A smaller scenario is another run, so it gets some seeds to fail with. */
    private static final int SEEDS = 40;

    private int runsLeft;

    Shrinker(int runsMax) {
        this.runsLeft = runsMax;
    }

    World.Outcome shrink(World.Outcome failing) {
        World.Outcome least = failing;
        while (true) {
            World.Outcome smaller = smaller(least);
            if (smaller == null) {
                return Seeds.trace(least.scenario());
            }
            least = smaller;
        }
    }

    private World.@Nullable Outcome smaller(World.Outcome failing) {
        for (Scenario candidate : candidates(failing)) {
            for (int i = 0; i < SEEDS && runsLeft-- > 0; i++) {
                World.Outcome outcome = Seeds.run(candidate.withSeed(candidate.seed() + i));
                if (kind(outcome).equals(kind(failing))) {
                    return outcome;
                }
            }
        }
        return null;
    }

    private static List<Scenario> candidates(World.Outcome failing) {
        Scenario now = failing.scenario();
        List<Scenario> all = new ArrayList<>();
        int steps = Math.min(now.steps(), failing.steps());
        for (int fewer : new int[] {steps / 8, steps / 3, steps * 2 / 3, steps * 9 / 10}) {
            if (fewer < now.steps()) {
                all.add(now.withSteps(fewer));
            }
        }
        now.faults().forEach(fault -> all.add(now.without(fault)));
        actors(now.actors()).forEach(fewer -> all.add(now.with(fewer)));
        work(now.work()).forEach(less -> all.add(now.with(less)));
        return all;
    }

    private static List<Scenario.Actors> actors(Scenario.Actors now) {
        List<Scenario.Actors> all = new ArrayList<>();
        if (now.nodes() > 1) {
            all.add(new Scenario.Actors(now.nodes() - 1, now.publishers(), now.published(), now.subjects()));
        }
        if (now.publishers() > 1) {
            all.add(new Scenario.Actors(now.nodes(), now.publishers() - 1, now.published(), now.subjects()));
        }
        for (int fewer : new int[] {now.published() / 4, now.published() / 2, now.published() - 1}) {
            if (fewer > 0) {
                all.add(new Scenario.Actors(now.nodes(), now.publishers(), fewer, now.subjects()));
            }
        }
        if (now.subjects() > 1) {
            all.add(new Scenario.Actors(now.nodes(), now.publishers(), now.published(), now.subjects() - 1));
        }
        return all;
    }

    private static List<Scenario.Work> work(Scenario.Work now) {
        List<Scenario.Work> all = new ArrayList<>();
        if (now.subscriptions() > 1) {
            all.add(new Scenario.Work(1, now.lanes(), now.batchMax(), now.blockOnFailure()));
        }
        if (now.lanes() > 1) {
            all.add(new Scenario.Work(now.subscriptions(), now.lanes() - 1, now.batchMax(), now.blockOnFailure()));
        }
        if (now.batchMax() > 1) {
            all.add(new Scenario.Work(now.subscriptions(), now.lanes(), now.batchMax() - 1, now.blockOnFailure()));
        }
        if (now.blockOnFailure()) {
            all.add(new Scenario.Work(now.subscriptions(), now.lanes(), now.batchMax(), false));
        }
        return all;
    }

    /** Which promise: the message without its numbers, as far as its first colon. */
    private static String kind(World.Outcome outcome) {
        Violation violation = outcome.violation();
        if (violation == null) {
            return "";
        }
        String text = String.valueOf(violation.getMessage()).replaceAll("\\d{2,}", "#");
        int colon = text.indexOf(':');
        return colon < 0 ? text.substring(0, Math.min(25, text.length())) : text.substring(0, colon);
    }
}
