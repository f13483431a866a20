package dev.postevent.internal.outbox;

import static dev.postevent.internal.eventlog.Events.INVOICES;
import static dev.postevent.internal.eventlog.Events.ORDERS;
import static dev.postevent.internal.eventlog.Events.event;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.outbox.OutboxSettings.When;
import dev.postevent.internal.outbox.OutboxSettings.WithoutTransaction;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.JtaFixture;
import dev.postevent.testing.PostgresFixture;
import jakarta.transaction.Synchronization;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What counts as sent: what has committed, once, however it was published. */
class SentIT {
    private final Map<TopicName, Long> counted = new ConcurrentHashMap<>();
    private JtaFixture jta;
    private Outbox outbox;
    private boolean on = true;

    @BeforeEach
    void open() {
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(ORDERS, INVOICES));
        jta = JtaFixture.over(db);
        outbox = new Outbox(
                new OutboxSettings(1 << 20, 5_000, When.BEFORE_COMMIT, WithoutTransaction.OWN, 1 << 24),
                jta.local(),
                jta.registry(),
                jta.userTransaction(),
                List.of(ORDERS, INVOICES));
        outbox.countBy(new Sent() {
            @Override
            public boolean isCounted() {
                return on;
            }

            @Override
            public void committed(TopicName topic, long events) {
                counted.merge(topic, events, Long::sum);
            }
        });
    }

    @AfterEach
    void close() {
        jta.close();
    }

    @Test
    void aTransactionIsCountedWhenItHasCommitted() throws Exception {
        jta.transaction(() -> {
            outbox.publish(ORDERS, List.of(event("1", "a"), event("2", "a")));
            outbox.publishNow(ORDERS, event("3", "a"));
            outbox.publish(INVOICES, List.of(event("1", "a")));
            assertThat(counted).as("before the commit").isEmpty();
        });
        assertThat(counted).containsExactlyInAnyOrderEntriesOf(Map.of(ORDERS, 3L, INVOICES, 1L));
    }

    @Test
    void oneThatRollsBackIsNot() throws Exception {
        jta.rolledBack(() -> {
            outbox.publish(ORDERS, List.of(event("1", "a")));
            outbox.publishNow(INVOICES, event("1", "a"));
        });
        assertThat(counted).isEmpty();
    }

    @Test
    void transactionsOfOurOwnAreCounted() {
        outbox.publish(ORDERS, List.of(event("1", "a")));
        outbox.publishAllNow(ORDERS, List.of(event("2", "a"), event("3", "a")));
        assertThat(counted).isEqualTo(Map.of(ORDERS, 3L));
    }

    @Test
    void whatIsPublishedRightBeforeTheCommitIsCounted() throws Exception {
        jta.transaction(() -> jta.registry().registerInterposedSynchronization(new Synchronization() {
            @Override
            public void beforeCompletion() {
                outbox.publish(ORDERS, List.of(event("1", "a")));
            }

            @Override
            public void afterCompletion(int status) {
                // the count is what is looked at
            }
        }));
        assertThat(counted).isEqualTo(Map.of(ORDERS, 1L));
    }

    @Test
    void whereNobodyCountsNoTransactionIsWatched() throws Exception {
        on = false;
        jta.transaction(() -> outbox.publish(ORDERS, List.of(event("1", "a"))));
        on = true;
        assertThat(counted).isEmpty();
    }
}
