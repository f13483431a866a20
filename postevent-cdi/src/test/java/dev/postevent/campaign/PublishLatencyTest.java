package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.campaign.PublishLatency.Span;
import dev.postevent.campaign.PublishLatency.Transaction;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The judge of I10 excuses what publishers met through a fault of their own, and nothing else. */
class PublishLatencyTest {
    private static final Span TERMINATED = new Span(100, 200, false, true);
    private static final Span ROLLED_BACK = new Span(100, 200, false, false);
    private static final Span NODE_KILLED = new Span(300, 400, true, false);

    private static List<Transaction> violations(Span before, Transaction one) {
        PublishLatency latency = new PublishLatency(Path.of("none"));
        latency.fault(before);
        latency.fault(NODE_KILLED);
        return latency.violations(List.of(one));
    }

    /** Seen with seed 10280722968406: right after all connections were terminated a node was killed, and a pool still had one. */
    @Test
    void aDeadConnectionOutOfThePoolIsNoFaultOfConsumers() {
        assertThat(violations(TERMINATED, new Transaction(310, 500, true, 50))).isEmpty();
        assertThat(violations(TERMINATED, new Transaction(310, 500, true, 200))).isEmpty();
    }

    @Test
    void aFailureOnAConnectionThatIsYoungerThanTheFaultIsOne() {
        Transaction one = new Transaction(310, 500, true, 201);
        assertThat(violations(TERMINATED, one)).containsExactly(one);
    }

    @Test
    void aFailureWithoutAConnectionIsOne() {
        Transaction one = new Transaction(310, 500, true, PublishLatency.NO_CONNECTION);
        assertThat(violations(TERMINATED, one)).containsExactly(one);
    }

    @Test
    void aFaultThatEndsNoConnectionExcusesNothingAfterIt() {
        Transaction one = new Transaction(310, 500, true, 50);
        assertThat(violations(ROLLED_BACK, one)).containsExactly(one);
    }

    @Test
    void anOldConnectionIsNoExcuseForBeingSlow() {
        Transaction one = new Transaction(310, 10_000_001, false, 50);
        assertThat(violations(TERMINATED, one)).containsExactly(one);
    }

    @Test
    void whatOverlapsAFaultOfPublishersIsNotJudged() {
        assertThat(violations(TERMINATED, new Transaction(150, 200_000, true, PublishLatency.NO_CONNECTION)))
                .isEmpty();
    }
}
