package dev.postevent.benchmarks;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** One question about speed. */
interface Scenario {
    /** What it answers: ids of targets, or a name. */
    List<String> ids();

    /** In a line. */
    String title();

    /** Measures and checks; throws {@link WrongException} where something was lost, doubled or out of order. */
    Outcome run(Ring ring) throws Exception;

    /** Where it takes place. */
    record Ring(Arena arena, Size size, PrintStream out) {
        Contest contest() {
            return new Contest(out, arena);
        }
    }

    /**
     * What came out.
     *
     * @param samples all measured runs by contender
     * @param facts what else is worth telling, by name
     */
    record Outcome(List<Verdict> verdicts, Map<String, List<Sample>> samples, Map<String, String> facts) {
        static Outcome of(Contest contest, Verdict... verdicts) {
            return new Outcome(List.of(verdicts), contest.samples(), Map.of());
        }

        Outcome with(Map<String, String> more) {
            return new Outcome(verdicts, samples, more);
        }
    }

    /** A faster wrong answer is a failed run. */
    final class WrongException extends RuntimeException {
        private static final long serialVersionUID = 1;

        WrongException(String message) {
            super(message);
        }
    }
}
