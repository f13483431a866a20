package dev.postevent.campaign;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * G2 to G8 with I1 to I8 while everything that can die does. {@code -Dtest.campaign.seconds} says how long (default: each fault
 * once), {@code -Dtest.campaign.lease-seconds} the lease; the report is {@code target/campaign/report.md}.
 */
class FaultCampaignIT {
    @Test
    void nothingIsLostDoubledOrOutOfOrderWhateverDies() throws Exception {
        Duration length = Duration.ofSeconds(Long.getLong("test.campaign.seconds", 0));
        Duration lease = Duration.ofSeconds(Long.getLong("test.campaign.lease-seconds", 3));
        long seed = Long.getLong("test.campaign.seed", System.nanoTime());
        System.out.println("campaign with seed " + seed);
        long began = System.nanoTime();
        try (Campaign campaign = new Campaign(seed, lease, Path.of("target", "campaign"))) {
            campaign.begin();
            campaign.run(length);
            campaign.settleAndCheck();
            String report = campaign.report(Duration.ofNanos(System.nanoTime() - began));
            campaign.write(report);
            System.out.println(report);
        }
    }
}
