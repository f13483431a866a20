package dev.postevent.simulation;

import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * One run, entirely: the same scenario gives the same run.
 *
 * @param steps events of the world while faults are on
 */
public record Scenario(long seed, int steps, Actors actors, Work work, Set<Fault> faults, Mutant mutant) {

    /**
     * Who does something.
     *
     * @param nodes that run the application
     * @param published most events of all publishers together
     */
    public record Actors(int nodes, int publishers, int published, int subjects) {}

    /** What is done with the events. */
    public record Work(int subscriptions, int lanes, int batchMax, boolean blockOnFailure) {}

    /** What a seed stands for. */
    static Scenario of(long seed, int steps, Mutant mutant) {
        SplittableRandom random = new SplittableRandom(seed * 0x9E3779B97F4A7C15L + 1);
        EnumSet<Fault> faults = EnumSet.noneOf(Fault.class);
        // half of the worlds know few faults: many hide what few show
        int likely = random.nextBoolean() ? 10 + random.nextInt(20) : 30 + random.nextInt(71);
        for (Fault fault : Fault.AT_ANY_TIME) {
            if (random.nextInt(100) < likely) {
                faults.add(fault);
            }
        }
        if (new SplittableRandom(seed).nextInt(8) == 0) {
            faults.add(Fault.TABLE_REMADE);
        }
        return new Scenario(
                seed,
                steps,
                new Actors(
                        1 + random.nextInt(3),
                        1 + random.nextInt(4),
                        20 + random.nextInt(100),
                        random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(6)),
                new Work(
                        1 + random.nextInt(2),
                        random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(5),
                        1 + random.nextInt(8),
                        random.nextInt(8) == 0),
                faults,
                mutant);
    }

    boolean has(Fault fault) {
        return faults.contains(fault);
    }

    /** True if the inbox is where the topic is, so that the statement that stores can ask what is visible there. */
    boolean inboxAtSource() {
        return new SplittableRandom(~seed).nextBoolean();
    }

    /** True if this subscription, which is the second one, begins where the topic is then. */
    boolean beginsNow(int subscription) {
        return subscription == 1 && new SplittableRandom(seed ^ 0x5DEECE66DL).nextInt(4) == 0;
    }

    Scenario withSeed(long other) {
        return new Scenario(other, steps, actors, work, faults, mutant);
    }

    Scenario withSteps(int other) {
        return new Scenario(seed, other, actors, work, faults, mutant);
    }

    Scenario with(Actors other) {
        return new Scenario(seed, steps, other, work, faults, mutant);
    }

    Scenario with(Work other) {
        return new Scenario(seed, steps, actors, other, faults, mutant);
    }

    Scenario without(Fault fault) {
        EnumSet<Fault> rest = EnumSet.noneOf(Fault.class);
        rest.addAll(faults);
        rest.remove(fault);
        return new Scenario(seed, steps, actors, work, rest, mutant);
    }
}
