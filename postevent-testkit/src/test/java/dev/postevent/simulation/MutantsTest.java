package dev.postevent.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.postevent.testing.build.Seeded;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The checker catches every wrong design, each within a number of seeds. */
@Seeded
final class MutantsTest {
    @BeforeAll
    static void quiet() {
        Seeds.quiet();
    }

    @AfterAll
    static void loud() {
        Seeds.loud();
    }

    static Stream<Arguments> mutants() {
        return Stream.of(
                arguments(Mutant.CACHED_NUMBERS, "I10", 50),
                arguments(Mutant.NUMBER_BEFORE_LOCK, "I10", 50),
                arguments(Mutant.HOLDERS_BEFORE_BOUND, "I", 500),
                arguments(Mutant.NEWCOMERS_ONE_LISTING_LATE, "I", 50),
                arguments(Mutant.ONE_SNAPSHOT, "", 50),
                arguments(Mutant.ONLY_HOLDERS_WITH_A_PROCESS, "", 50),
                arguments(Mutant.ON_A_STANDBY, "I", 50),
                arguments(Mutant.PROOF_OVER_A_RESTART, "I", 300),
                arguments(Mutant.BELOW_THE_OLDEST_TRANSACTION, "I", 400),
                arguments(Mutant.SEAL_ONLY, "I10", 200),
                arguments(Mutant.BEFORE_THE_FLUSH, "I", 50),
                arguments(Mutant.TIMEOUT_SKIPS, "I6", 50),
                arguments(Mutant.NOW_IS_THE_HEAD, "I1", 400),
                arguments(Mutant.VISIBLE_UNASKED, "G13", 10),
                arguments(Mutant.STORED_UNSEEN, "G13", 20),
                arguments(Mutant.TABLE_UNASKED, "G13", 20),
                arguments(Mutant.ACKNOWLEDGED_BEFORE_COMMIT, "", 10),
                arguments(Mutant.MARK_WITHOUT_ENTRIES, "I6", 10),
                arguments(Mutant.MARK_AS_REMEMBERED, "I", 100),
                arguments(Mutant.FENCE_FROM_BELOW, "I", 500),
                arguments(Mutant.SKIP_FENCE, "I3", 100),
                arguments(Mutant.CURSOR_BEFORE_EFFECT, "I", 20),
                arguments(Mutant.DROP_HOLD, "I", 20),
                arguments(Mutant.DROP_FAILED, "I", 20),
                arguments(Mutant.DOUBLE_OWNER, "I", 50),
                arguments(Mutant.IDLE_OVER_WHAT_CAME, "I", 50),
                arguments(Mutant.TRIES_IN_MEMORY, "I8", 50),
                arguments(Mutant.COUNTED_BEFORE_THE_CALL, "I3", 50),
                arguments(Mutant.CALLS_FORGOTTEN, "I3", 200),
                arguments(Mutant.ABORTED_IS_NO_OUTCOME, "I", 50),
                arguments(Mutant.RENEWED_BESIDE_THE_CURSOR, "G2", 200),
                arguments(Mutant.HELD_STAYS, "I", 20));
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void theCheckerCatches(Mutant mutant, String promise, int seedsMax) {
        World.Outcome caught = null;
        long seed = 0;
        while (caught == null && seed < seedsMax) {
            World.Outcome outcome = Seeds.run(Scenario.of(seed++, 1_000, mutant));
            Violation violation = outcome.violation();
            if (violation != null && String.valueOf(violation.getMessage()).startsWith(promise)) {
                caught = outcome;
            }
        }
        assertThat(caught).as(mutant + " within " + seedsMax + " seeds").isNotNull();
        System.out.println("simulation: " + mutant + " caught with seed " + (seed - 1) + ": "
                + caught.violation().getMessage());
    }

    private static Scenario answersLost(long seed, Mutant mutant) {
        return at(seed, mutant, EnumSet.of(Fault.COMMIT_UNKNOWN, Fault.OBSERVERS, Fault.OPERATORS));
    }

    private static Scenario commitsLost(long seed, Mutant mutant) {
        return at(seed, mutant, EnumSet.of(Fault.INBOX_LOSES, Fault.OBSERVERS));
    }

    private static Scenario at(long seed, Mutant mutant, EnumSet<Fault> faults) {
        return new Scenario(
                seed, 1_000, new Scenario.Actors(1, 3, 80, 1), new Scenario.Work(2, 1, 4, false), faults, mutant);
    }

    /** Bugs that the simulation found, in worlds where they are at home; what was made of them passes there. */
    @ParameterizedTest
    @CsvSource({
        "AS_IT_WAS, I, 600",
        "FENCE_FROM_BELOW, I, 600",
        "FENCE_BY_THE_CURSOR, I, 2500",
    })
    void whatOnceWentWrongAfterALostCommitIsCaught(Mutant mutant, String promise, int seedsMax) {
        long seed = 0;
        String message = "";
        while (!message.startsWith(promise) && seed < seedsMax) {
            Violation violation = Seeds.run(commitsLost(seed++, mutant)).violation();
            message = violation == null ? "" : String.valueOf(violation.getMessage());
        }
        assertThat(message).as(mutant + " within " + seedsMax + " seeds").startsWith(promise);
        System.out.println("simulation: " + mutant + " caught with seed " + (seed - 1) + ": " + message);
    }

    private static Scenario givingUp(long seed, Mutant mutant) {
        EnumSet<Fault> faults = EnumSet.of(Fault.CRASH, Fault.RESTART, Fault.INBOX_DOWN, Fault.OBSERVERS);
        return new Scenario(
                seed, 1_000, new Scenario.Actors(1, 3, 80, 6), new Scenario.Work(2, 3, 4, false), faults, mutant);
    }

    /** In worlds where each node has its lanes alone, so that what each attempt was told is known. */
    @ParameterizedTest
    @CsvSource({"TIME_AWAY_COUNTS, 100", "PARKED_UNSEEN, 100"})
    void whoGivesUpForTimeInWhichNobodyTriedIsCaught(Mutant mutant, int seedsMax) {
        long seed = 0;
        String message = "";
        while (!message.startsWith("I9") && seed < seedsMax) {
            Violation violation = Seeds.run(givingUp(seed++, mutant)).violation();
            message = violation == null ? "" : String.valueOf(violation.getMessage());
        }
        assertThat(message).as(mutant + " within " + seedsMax + " seeds").startsWith("I9");
        System.out.println("simulation: " + mutant + " caught with seed " + (seed - 1) + ": " + message);
    }

    /** A wrong fence after a lost answer is none any more where a failed commit is a doubt. */
    @Test
    void inSuchWorldsNothingGoesWrongToday() {
        for (Mutant mutant : List.of(Mutant.NONE, Mutant.HOLD_COLLIDES, Mutant.AS_IT_WAS)) {
            assertThat(new Seeds().firstBroken(0, 300, seed -> answersLost(seed, mutant)))
                    .isNull();
        }
        assertThat(new Seeds().firstBroken(0, 600, seed -> commitsLost(seed, Mutant.NONE)))
                .isNull();
        assertThat(new Seeds().firstBroken(0, 200, seed -> givingUp(seed, Mutant.NONE)))
                .isNull();
    }

    @Test
    void everyMutantIsRun() {
        Set<Object> run = mutants().map(arguments -> arguments.get()[0]).collect(Collectors.toSet());
        assertThat(run)
                .containsExactlyInAnyOrderElementsOf(EnumSet.complementOf(EnumSet.of(
                        Mutant.NONE,
                        Mutant.PROBE_ONLY,
                        Mutant.AS_IT_WAS,
                        Mutant.HOLD_COLLIDES,
                        Mutant.FENCE_BY_THE_CURSOR,
                        Mutant.TIME_AWAY_COUNTS,
                        Mutant.PARKED_UNSEEN)));
    }

    @Test
    void aFailingScenarioIsShrunk() {
        World.Outcome failing = new Seeds().firstBroken(0, 100, seed -> Scenario.of(seed, 1_000, Mutant.SKIP_FENCE));
        assertThat(failing).isNotNull();
        World.Outcome least = new Shrinker(6_000).shrink(failing);
        assertThat(least.violation()).isNotNull();
        assertThat(least.trace()).isNotEmpty();
        assertThat(least.scenario().steps()).isLessThan(failing.scenario().steps() / 2);
        assertThat(least.scenario().faults().size())
                .isLessThan(failing.scenario().faults().size());
        assertThat(Seeds.run(least.scenario()).hash()).isEqualTo(least.hash());
        System.out.println("simulation: " + failing.scenario() + " is shrunk to " + least.scenario() + ", "
                + least.trace().size() + " lines");
    }
}
