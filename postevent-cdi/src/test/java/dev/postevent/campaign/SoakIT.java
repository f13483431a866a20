package dev.postevent.campaign;

import dev.postevent.testing.build.HangLimit;
import dev.postevent.testing.build.Seed;
import dev.postevent.testing.build.Seeded;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * 70 % of the measured ceiling with rolling node kills: no violation, heap and WAL flat. {@code -Dtest.soak.seconds} says how long
 * (default: 0, not at all; nightly 20, which shows that it works), {@code -Dtest.soak.lease-seconds} the lease; the report is
 * {@code target/soak/report.md}.
 */
@Seeded
@EnabledIfSystemProperty(named = "test.soak.seconds", matches = "[1-9]\\d*", disabledReason = "no -Dtest.soak.seconds")
class SoakIT {
    private static final Path DIRECTORY = Path.of("target", "soak");

    @Test
    @Timeout(value = 3, unit = TimeUnit.DAYS)
    void underLoadNothingIsLostAndNothingGrows() throws Exception {
        Duration length = Duration.ofSeconds(Long.getLong("test.soak.seconds"));
        Duration lease = Duration.ofSeconds(Long.getLong("test.soak.lease-seconds", 3));
        HangLimit.extend(length.multipliedBy(2));
        LongFunction<String> command =
                number -> "mvn -B -ntp -pl postevent-cdi verify -Dtest=None -Dsurefire.failIfNoSpecifiedTests=false"
                        + " -Dit.test=SoakIT -Dtest.soak.seconds=" + length.toSeconds() + " -Dtest.soak.lease-seconds="
                        + lease.toSeconds() + " -Dtest.soak.seed=" + number;
        long seed = Seed.of("SoakIT", "test.soak.seed", command);
        Report report = new Report(command.apply(seed));
        try (Campaign site = new Campaign(
                seed,
                lease,
                DIRECTORY,
                List.of("pace=" + Publishing.NEXT_TO_NOTHING),
                List.of("subjects=5000", "publishers=8"))) {
            site.begin();
            Soak soak = new Soak(site, length);
            soak.measureCeiling();
            soak.run();
            String violation = "none";
            try {
                site.settleAndCheck();
                soak.check();
            } catch (Throwable e) {
                violation = e.toString();
                throw e;
            } finally {
                soak.report(report);
                site.report(report, length);
                report.line("violations of I1 to I8", violation);
                report.write(DIRECTORY.resolve("report.md"));
            }
        }
    }
}
