package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Most servers have no OpenTelemetry, or show none to applications: then there are no metrics and no traces, and nothing else. */
class WithoutOpenTelemetryIT {

    @Test
    void withoutItsApiTheApplicationDeploysAndStarts() throws Exception {
        assertThat(WithoutHealthIT.deployed("opentelemetry"))
                .contains("not started: ", "the database is away")
                .doesNotContain("io.opentelemetry", "io/opentelemetry", "NoClassDefFoundError");
    }
}
