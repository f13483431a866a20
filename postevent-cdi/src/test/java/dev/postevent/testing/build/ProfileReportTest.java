package dev.postevent.testing.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProfileReportTest {
    private static ClassResult result(String build, String run, String name, long wallMillis, String... again) {
        return new ClassResult(
                build, "module", run, "a.b." + name, 1_000, wallMillis, wallMillis / 4, 3, 0, List.of(again));
    }

    private static ProfileReport report(ClassResult... results) {
        return new ProfileReport(
                Stream.of(results).map(ClassResult::line).map(ClassResult::of).toList());
    }

    @Test
    void theNewestBuildIsShownSlowestFirst() {
        String text = report(
                        result("1", "integration", "OldIT", 99_000),
                        result("2", "pure", "QuickTest", 400),
                        result("2", "integration", "SlowIT", 40_000))
                .slowest();
        assertThat(text.lines())
                .containsExactly(
                        "Test classes: 2 in 40 s, together 40 s, of which 10 s of CPU. The slowest:",
                        "    wall s    CPU s  waiting  class",
                        "      40.0     10.0     30.0  module SlowIT",
                        "       0.4      0.1      0.3  module QuickTest",
                        "No test passed only the second time.");
    }

    @Test
    void runsUnderAnotherSettingAreRowsOfTheirOwnAndASecondRunIsNot() {
        String text = report(
                        result("1", "integration", "FlakyIT", 10_000),
                        result("1", "integration", "FlakyIT", 20_000, "seen"),
                        result("1", "direct", "FlakyIT", 4_000))
                .slowest();
        assertThat(text)
                .contains("    30.0      7.5     22.5  module FlakyIT\n")
                .contains("     4.0      1.0      3.0  module direct FlakyIT\n")
                .endsWith(
                        "Passed only the second time (twice in two builds is a fault to fix):\n  module FlakyIT.seen\n");
    }

    @Test
    void aSecondRunInAnotherJvmIsNamedByItsClass() {
        String text = report(
                        failed("FlakyIT", 3_000, 0),
                        failed("FlakyIT", 1_000, 1),
                        failed("BrokenIT", 1_000, 1),
                        failed("BrokenIT", 3_000, 1))
                .slowest();
        assertThat(text)
                .endsWith("Passed only the second time (twice in two builds is a fault to fix):\n  module FlakyIT\n");
    }

    private static ClassResult failed(String name, long startedMillis, int failed) {
        return new ClassResult(
                "1", "module", "integration", "a.b." + name, startedMillis, 500, 100, 3, failed, List.of());
    }

    @Test
    void twoBuildsAreComparedClassByClass() {
        ProfileReport before = report(
                result("1", "integration", "BothIT", 20_000, "flaky", "once"),
                result("1", "integration", "GoneIT", 30_000));
        ProfileReport after =
                report(result("2", "integration", "BothIT", 8_000, "flaky"), result("2", "pure", "NewTest", 1_000));
        assertThat(before.compared(after, 2).lines())
                .containsExactly(
                        "| class | wall s before | after | CPU s before | after |",
                        "|---|---|---|---|---|",
                        "| all, one after the other | 50.0 | 9.0 | 12.5 | 2.3 |",
                        "| from the first to the last | 30 | 8 | | |",
                        "| module GoneIT | 30.0 |  | 7.5 |  |",
                        "| module BothIT | 20.0 | 8.0 | 5.0 | 2.0 |",
                        "Passed only the second time in both builds: module BothIT.flaky");
    }
}
