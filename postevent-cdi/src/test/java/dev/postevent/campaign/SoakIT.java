package dev.postevent.campaign;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * 70 % of the measured ceiling with rolling node kills: no violation, heap and WAL flat. {@code -Dtest.soak.seconds} says how long
 * (default: 20, which only shows that it works), {@code -Dtest.soak.lease-seconds} the lease; the report is {@code
 * target/soak/report.md}.
 */
class SoakIT {
    private static final Path DIRECTORY = Path.of("target", "soak");

    @Test
    @Timeout(value = 3, unit = TimeUnit.DAYS)
    void underLoadNothingIsLostAndNothingGrows() throws Exception {
        Duration length = Duration.ofSeconds(Long.getLong("test.soak.seconds", 20));
        Duration lease = Duration.ofSeconds(Long.getLong("test.soak.lease-seconds", 3));
        Report report =
                new Report("mvn -B -ntp -pl postevent-cdi verify -Dtest=None -Dsurefire.failIfNoSpecifiedTests=false"
                        + " -Dit.test=SoakIT -Dtest.soak.seconds=" + length.toSeconds() + " -Dtest.soak.lease-seconds="
                        + lease.toSeconds());
        try (Campaign site = new Campaign(
                0,
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
