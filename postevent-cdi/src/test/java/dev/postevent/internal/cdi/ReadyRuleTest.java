package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.StatusReport;
import dev.postevent.internal.cdi.ReadyRule.WithFaults;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Who is taken out of balancing by a fault, and who is not. */
final class ReadyRuleTest {
    private static final Set<String> OWN = Set.of("orders");

    @Test
    void withoutAFaultEverybodyIsReady() {
        for (WithFaults mode : WithFaults.values()) {
            assertThat(new ReadyRule(mode, OWN).isReady(report(3))).isTrue();
            assertThat(new ReadyRule(mode, Set.of()).isReady(report(3))).isTrue();
        }
    }

    @Test
    void whoPublishesStaysReadyWithABrokenFeed() {
        assertThat(new ReadyRule(WithFaults.AUTO, OWN).isReady(report(3, "the feed does not stream")))
                .isTrue();
    }

    @Test
    void butNotWhereItCannotPublish() {
        assertThat(new ReadyRule(WithFaults.AUTO, OWN)
                        .isReady(report(OptionalLong.empty(), "not started: the database is away")))
                .isFalse();
    }

    @Test
    void norBeforeTheStartWhenNothingIsKnownOfItsTopics() {
        StatusReport starting = NodeReport.ofNothing("node", List.of("starting"));
        assertThat(new ReadyRule(WithFaults.AUTO, OWN).isReady(starting)).isFalse();
        assertThat(new ReadyRule(WithFaults.AUTO, Set.of("orders", "invoices"))
                        .isReady(report(3, "topic invoices: no answer")))
                .isFalse();
    }

    @Test
    void whoOnlyReceivesIsNotReadyWithAFault() {
        assertThat(new ReadyRule(WithFaults.AUTO, Set.of()).isReady(report(3, "the feed does not stream")))
                .isFalse();
    }

    @Test
    void theKeyDecidesOtherwise() {
        assertThat(new ReadyRule(WithFaults.FALSE, OWN).isReady(report(3, "the feed does not stream")))
                .isFalse();
        assertThat(new ReadyRule(WithFaults.TRUE, Set.of()).isReady(report(OptionalLong.empty(), "not started")))
                .isTrue();
    }

    private static StatusReport report(long head, String... faults) {
        return report(OptionalLong.of(head), faults);
    }

    private static StatusReport report(OptionalLong head, String... faults) {
        return new NodeReport(
                "node",
                List.of(),
                List.of(new NodeReport.Topic(
                        "orders", head, 0, OptionalLong.of(0), Optional.empty(), Optional.empty())),
                List.of(),
                List.of(),
                List.of(),
                List.of(),
                List.of(faults));
    }
}
