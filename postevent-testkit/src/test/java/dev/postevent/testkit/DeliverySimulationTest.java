package dev.postevent.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.postevent.Delivery;
import dev.postevent.testing.build.Seeded;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The test kit lets right handlers pass, and catches wrong ones. */
@Seeded
final class DeliverySimulationTest {

    /** Counts, remembers the last of a subject, and marks each event, all in the transaction. */
    private static final class Right implements Handler {
        @Override
        public void handle(CloudEvent event, Delivery delivery, Effects effects) throws SQLException {
            effects.put("handled " + event.getId(), "yes");
            if (event.getSubject() != null) {
                effects.update("count " + event.getSubject(), DeliverySimulationTest::oneMore);
                effects.put("last " + event.getSubject(), event.getId());
            }
        }
    }

    /** Sends a mail, which no rollback takes back. */
    private static final class Mailer implements Handler {
        @Override
        public void handle(CloudEvent event, Delivery delivery, Effects effects) throws SQLException {
            effects.outside("mail about " + event.getId());
            effects.put("handled " + event.getId(), "yes");
        }
    }

    /** Counts in a field, which neither a rollback nor another node changes. */
    private static final class Rememberer implements Handler {
        private final Map<String, Integer> counts = new HashMap<>();

        @Override
        public void handle(CloudEvent event, Delivery delivery, Effects effects) throws SQLException {
            String subject = String.valueOf(event.getSubject());
            effects.put("count " + subject, "" + counts.merge(subject, 1, Integer::sum));
        }
    }

    /** Believes that the subjects' events come in the order of their positions. */
    private static final class Believer implements Handler {
        @Override
        public void handle(CloudEvent event, Delivery delivery, Effects effects) throws SQLException {
            effects.put("last of all", event.getId());
        }
    }

    private static String oneMore(@Nullable String n) {
        return n == null ? "1" : "" + (Integer.parseInt(n) + 1);
    }

    @Test
    void aRightHandlerPassesTwoHundredWorlds() {
        DeliverySimulation.Summary summary =
                DeliverySimulation.of("right", Right::new).seeds(0, 200).run();
        assertThat(summary.worlds()).isEqualTo(200);
        assertThat(summary.events()).isGreaterThan(5_000);
        assertThat(summary.calls())
                .as("calls, some of which came to nothing")
                .isGreaterThan(summary.events() * 11 / 10);
    }

    @Test
    void twoSubscriptionsHaveEffectsOfTheirOwn() {
        DeliverySimulation.Summary summary = DeliverySimulation.of("one", Right::new)
                .and("two", Right::new)
                .seeds(0, 20)
                .run();
        assertThat(summary.events()).isPositive();
    }

    @Test
    void aMailWithinTheTransactionIsCaught() {
        caught(Mailer::new, "mail about");
    }

    @Test
    void memoryThatSurvivesARollbackIsCaught() {
        caught(Rememberer::new, "'count ");
    }

    @Test
    void orderAcrossSubjectsIsCaught() {
        caught(Believer::new, "'last of all'");
    }

    private static void caught(Supplier<Handler> wrong, String symptom) {
        Throwable first = catchThrowable(
                () -> DeliverySimulation.of("wrong", wrong).seeds(0, 200).run());
        assertThat(first)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining(symptom)
                .hasMessageContaining("subscription wrong")
                .hasMessageMatching("(?s)seed \\d+: .*");
        long seed = Long.parseLong(first.getMessage().replaceAll("(?s)seed (\\d+).*", "$1"));
        // one seed is one world: the same again
        assertThatThrownBy(() ->
                        DeliverySimulation.of("wrong", wrong).seeds(seed, 1).run())
                .hasMessage(first.getMessage());
    }

    @Test
    void aHandlerThatAlwaysFailsForAnEventIsNamed() {
        assertThatThrownBy(() -> DeliverySimulation.of("stubborn", () -> (event, delivery, effects) -> {
                            if (event.getId().endsWith("7")) {
                                throw new IllegalStateException("seven");
                            }
                        })
                        .seeds(0, 50)
                        .run())
                .isInstanceOf(AssertionError.class)
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageMatching(
                        "(?s)seed \\d+: subscription stubborn threw, at event e\\d*7 \\(position \\d+, .*\\), attempt"
                                + " \\d: java.lang.IllegalStateException: seven\n    at dev.postevent.testkit.DeliverySimulationTest"
                                + ".*\nAnd then: subscription stubborn has not handled the event at position .*")
                .message()
                .doesNotContain("I1/I8", "epoch", "lane");
    }

    @Test
    void eventsAreTheUsers() {
        DeliverySimulation.of("typed", () -> (event, delivery, effects) -> {
                    assertThat(event.getType()).isEqualTo("order.placed");
                    assertThat(event.getData().toBytes()).isNotEmpty();
                    assertThat(delivery.subscription()).isEqualTo("typed");
                    assertThat(delivery.position()).isPositive();
                    effects.put(event.getId(), new String(event.getData().toBytes(), StandardCharsets.UTF_8));
                })
                .events(number -> CloudEventBuilder.v1()
                        .withId("any")
                        .withSource(URI.create("/shop"))
                        .withType("order.placed")
                        .withData(("order " + number).getBytes(StandardCharsets.UTF_8))
                        .build())
                .seeds(0, 20)
                .run();
    }

    /** The worlds' own observers pass that type over. */
    @Test
    void noTypeIsIgnoredAndEveryEventMayHaveASubject() {
        DeliverySimulation.Summary summary = DeliverySimulation.of("all", () -> (event, delivery, effects) -> {
                    assertThat(event.getSubject()).startsWith("s");
                    effects.put(event.getId(), "handled");
                })
                .events(number -> CloudEventBuilder.v1()
                        .withId("any")
                        .withSource(URI.create("/any"))
                        .withType("ignored")
                        .build())
                .subjectsAlways()
                .seeds(0, 10)
                .run();
        assertThat(summary.events()).isPositive();
    }
}
