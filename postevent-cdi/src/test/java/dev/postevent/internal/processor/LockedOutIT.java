package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.worker.Backoff;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** What is locked by somebody else: rows of the application, and lanes in doubt. */
class LockedOutIT extends ProcessorStage {

    /** One lane, and no event may fail once. */
    private static SubscriptionSpec slowToRetry(SubscriptionSpec.Handler handler) {
        return new SubscriptionSpec(
                "stock",
                ORDERS,
                1,
                1,
                50,
                1,
                new Backoff(Duration.ofSeconds(2), 1, Duration.ofSeconds(2)),
                false,
                true,
                100,
                1 << 20,
                Duration.ofSeconds(30),
                handler);
    }

    @Test
    void aRowLockedBySomebodyElseHoldsUpTheSubjectThatNeedsItOnly() throws Exception {
        db.execute("create table stock (id bigint primary key)", "insert into stock values (3)");
        Set<Integer> attempts = ConcurrentHashMap.newKeySet();
        try (Connection other = db.dataSource().getConnection();
                Statement locks = other.createStatement()) {
            other.setAutoCommit(false);
            locks.execute("select 1 from stock for update");
            Node node = new Node("a", LONG)
                    .start(slowToRetry(writing("stock", failing((event, attempt, again) -> {
                        attempts.add(attempt);
                        try (Connection connection = jta.local().getConnection();
                                Statement statement = connection.createStatement()) {
                            statement.execute("select 1 from stock where id = " + event.position() + " for update nowait");
                        }
                    }))));
            storeAndTell(node, 20, 20);
            awaitEffects("stock", 19);
            assertThat(status(node, "stock").waiting()).isEqualTo(1);
            assertThat(node.processor.held("stock", 1).get(0).attempts()).isZero();
            other.rollback();
            awaitEffects("stock", 20);
        }
        assertOnceAndInOrder("stock", 20);
        assertThat(attempts).containsExactly(1);
    }
}
