package dev.postevent.campaign;

import dev.postevent.testing.LeastPrivilege;
import dev.postevent.testing.build.HangLimit;
import dev.postevent.testing.build.Seed;
import dev.postevent.testing.build.Seeded;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * G2 to G8 with I1 to I11 while everything that can die does. {@code -Dtest.campaign.seconds} says how long (default: each fault
 * once), {@code -Dtest.campaign.lease-seconds} the lease, {@code -Dtest.campaign.faults} which faults (default: all); the report is {@code target/campaign/report.md}.
 */
@Seeded
class FaultCampaignIT {
    private static final Path DIRECTORY = Path.of("target", "campaign");
    private static final String FAULTS = System.getProperty("test.campaign.faults", "");

    @Test
    @Timeout(value = 3, unit = TimeUnit.DAYS)
    void nothingIsLostDoubledOrOutOfOrderWhateverDies() throws Exception {
        long seconds = Long.getLong("test.campaign.seconds", 0);
        Duration lease = Duration.ofSeconds(Long.getLong("test.campaign.lease-seconds", 3));
        HangLimit.extend(Duration.ofSeconds(seconds).multipliedBy(2));
        LongFunction<String> command =
                number -> "mvn -B -ntp -pl postevent-cdi verify -Dtest=None -Dsurefire.failIfNoSpecifiedTests=false"
                        + " -Dit.test=FaultCampaignIT -Dtest.campaign.seconds=" + seconds
                        + " -Dtest.campaign.lease-seconds=" + lease.toSeconds()
                        + (FAULTS.isEmpty() ? "" : " -Dtest.campaign.faults=" + FAULTS)
                        + (LeastPrivilege.isAskedFor() ? " -Dtest.roles=true" : "")
                        + " -Dtest.campaign.seed=" + number;
        long seed = Seed.of("FaultCampaignIT", "test.campaign.seed", command);
        long began = System.nanoTime();
        Report report = new Report(command.apply(seed));
        // in a build other tests run beside: some forty transactions a second, and three times as many effects, are
        // enough to be hit
        List<String> rest = seconds == 0 ? List.of("rest-millis-max=360") : List.of();
        try (Campaign campaign =
                new Campaign(seed, lease, DIRECTORY, rest, with(rest, "latencies=${latencies}", "subjects=50"))) {
            campaign.begin();
            campaign.run(Duration.ofSeconds(seconds), faults());
            String violation = "none";
            try {
                campaign.settleAndCheck();
                campaign.latency().check(report);
            } catch (Throwable e) {
                violation = e.toString();
                throw e;
            } finally {
                campaign.report(report, Duration.ofNanos(System.nanoTime() - began));
                report.line("violations of I1 to I11", violation);
                report.write(DIRECTORY.resolve("report.md"));
            }
        }
    }

    private static List<String> with(List<String> properties, String... more) {
        return Stream.concat(properties.stream(), Stream.of(more)).toList();
    }

    private static Set<Fault> faults() {
        return FAULTS.isEmpty()
                ? EnumSet.allOf(Fault.class)
                : Stream.of(FAULTS.split(",")).map(Fault::valueOf).collect(Collectors.toCollection(TreeSet::new));
    }
}
