package dev.postevent.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.junit.jupiter.api.Test;

/**
 * Health is on the port that browsers reach and answers by any name, so a page of another site reads it. What is wrong names hosts,
 * transactions and other applications: that is for the log.
 */
class HealthDisclosureTest {
    @Test
    void healthTellsWhoeverAsksNothingButUpOrDown() throws IOException {
        Properties sample = new Properties();
        try (InputStream config = getClass().getResourceAsStream("/META-INF/microprofile-config.properties")) {
            sample.load(config);
        }
        assertThat(sample).containsEntry("sample.role", "shop").containsEntry("postevent.health.details", "none");
    }
}
