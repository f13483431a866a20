package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.LogEntry;
import dev.postevent.testing.LogLines;
import java.time.Duration;
import java.util.Optional;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

/** A failure that passes is a line; what somebody has to look at has its stack trace. */
class AttemptLogTest {
    private static final LaneStore.Again AGAIN = new LaneStore.Again(Duration.ofMillis(200), Duration.ZERO);
    private static final Exception CAUSE =
            new IllegalStateException("as a container wraps it", new RuntimeException("the mail server is away"));

    private final AttemptLog log = new AttemptLog(new SpecBuilder("mails", new SubscriptionSpec.Handler() {
                @Override
                public Optional<String> home() {
                    return Optional.of(AttemptLogTest.class.getPackageName());
                }

                @Override
                public boolean wants(LogEntry event) {
                    return true;
                }

                @Override
                public void handle(LogEntry event, int attempt, boolean again, boolean last) {
                    throw new AssertionError("nothing is handled here");
                }
            })
            .lanes(1)
            .concurrency(1)
            .batchMax(1)
            .giveUp(new GiveUp(GiveUp.UNLIMITED, null))
            .backoff(Duration.ofMillis(200))
            .build());

    @Test
    void theFirstFailureIsOneLineThatSaysWhere() {
        try (LogLines lines = new LogLines("dev.postevent.processor", Level.WARNING)) {
            log.failed(7, "s", 1, false, AGAIN, CAUSE);
            assertThat(lines.with(""))
                    .containsExactly("subscription mails, topic orders, position 7: attempt 1 failed, next in 200 ms: "
                            + CAUSE + "; root cause: " + CAUSE.getCause() + " (at "
                            + CAUSE.getCause().getStackTrace()[0] + ")");
            assertThat(lines.traced("")).isEmpty();
        }
    }

    private static StackTraceElement in(String type) {
        return new StackTraceElement(type, "does", null, -1);
    }

    @Test
    void thePlaceIsInTheUsersCodeNotWhereTheJdkOrADriverSaysSo() {
        StackTraceElement jdk = in("jdk.internal.util.Preconditions");
        StackTraceElement driver = in("org.postgresql.core.v3.QueryExecutorImpl");
        StackTraceElement shared = in("com.shop.Ledger");
        StackTraceElement observer = in(AttemptLogTest.class.getPackageName() + ".Shipping");
        assertThat(placeOf(jdk, driver, shared, observer)).endsWith(" (at " + observer + ")");
        assertThat(placeOf(jdk, driver, in("org.jboss.as.Pool"), shared)).endsWith(" (at " + shared + ")");
        assertThat(placeOf(jdk, driver)).endsWith(" (at " + jdk + ")");
        assertThat(placeOf()).doesNotContain("(at ");
    }

    private String placeOf(StackTraceElement... frames) {
        Exception failure = new Exception("no");
        failure.setStackTrace(frames);
        try (LogLines lines = new LogLines("dev.postevent.processor", Level.WARNING)) {
            log.failed(7, null, 1, false, AGAIN, failure);
            return lines.with("").get(0);
        }
    }

    @Test
    void whatIsParkedHasItsStackTraceOnce() {
        try (LogLines lines = new LogLines("dev.postevent.processor", Level.WARNING)) {
            for (int attempt = 1; attempt < 5; attempt++) {
                log.failed(7, "s", attempt, false, AGAIN, CAUSE);
            }
            log.failed(7, "s", 5, false, new LaneStore.Parked(), CAUSE);
            assertThat(lines.with("position 7")).hasSize(5);
            assertThat(lines.traced(""))
                    .singleElement()
                    .asString()
                    .contains("position 7: parked after attempt 5", "dead letter", "Subscriptions.retry");
        }
    }

    @Test
    void whatGoesOnFailingHasItWithTheErrorOfTheTenthAttempt() {
        try (LogLines lines = new LogLines("dev.postevent.processor", Level.WARNING)) {
            for (int attempt = 1; attempt < 40; attempt++) {
                log.failed(7, "s", attempt, attempt == 10, AGAIN, CAUSE);
            }
            assertThat(lines.traced("")).singleElement().asString().contains("attempt 10 failed");
        }
    }

    @Test
    void aFailureThatDoesNotSayWhereItCameFromIsToldWithout() {
        RuntimeException silent = new RuntimeException("of nowhere") {
            @Override
            public StackTraceElement[] getStackTrace() {
                throw new IllegalStateException("not to be asked");
            }
        };
        try (LogLines lines = new LogLines("dev.postevent.processor", Level.WARNING)) {
            log.failed(7, null, 1, false, AGAIN, silent);
            assertThat(lines.with("of nowhere")).singleElement().asString().doesNotContain("(at ");
        }
    }
}
