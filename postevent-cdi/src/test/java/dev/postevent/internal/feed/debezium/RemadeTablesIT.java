package dev.postevent.internal.feed.debezium;

import static dev.postevent.internal.feed.debezium.FeedHarness.BILLS;
import static dev.postevent.internal.feed.debezium.FeedHarness.LONG;
import static dev.postevent.internal.feed.debezium.FeedHarness.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.feed.debezium.FeedHarness.Node;
import dev.postevent.spi.LogEntry;
import dev.postevent.testing.PostgresFixture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A slot outlives the tables it brings rows of: what is not of the table there is now is not handed on. */
class RemadeTablesIT {
    private final FeedHarness harness = new FeedHarness(PostgresFixture.shared());

    @AfterEach
    void close() {
        harness.close();
    }

    /** A publisher whose commit the stream brings after everything before it. */
    private void passed(Node node) {
        harness.publish(BILLS, "mark " + node.bills.size());
        int before = node.bills.size();
        await().atMost(LONG).until(() -> node.bills.size() > before);
    }

    @Test
    void rowsOfATableThatWasDroppedAreNotThoseOfTheOneMadeInItsPlace() {
        harness.node("a").stream().close();
        harness.publish(ORDERS, "old 1");
        harness.publish(ORDERS, "old 2");
        harness.db.execute("drop table postevent.orders");
        harness.topic(ORDERS);
        harness.publish(ORDERS, "new 1");

        Node node = harness.node("a").stream();

        harness.publish(ORDERS, "new 2");
        node.awaitOrder("new 2");
        passed(node);
        assertThat(node.ids()).isSubsetOf("new 1", "new 2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "truncate postevent.orders restart identity",
                "with gone as (delete from postevent.orders returning 1)"
                        + " select setval(pg_get_serial_sequence('postevent.orders', 'idn'), 1, false) from gone limit 1"
            })
    void rowsThatWereInATableBeforeItWasEmptiedAreNotThoseAtTheSamePositionsNow(String emptied) {
        harness.node("a").stream().close();
        harness.publish(ORDERS, "old 1");
        harness.publish(ORDERS, "old 2");
        harness.db.execute(emptied);
        harness.publish(ORDERS, "new 1");

        Node node = harness.node("a").stream();

        node.awaitOrder("new 1");
        passed(node);
        assertThat(node.orders).extracting(LogEntry::position).containsOnly(1L);
        assertThat(node.ids()).containsExactly("new 1");
    }

    @Test
    void whatWasCommittedBeforeTheStreamBeganAndIsStillThereComes() {
        harness.node("a").stream().close();
        harness.publish(ORDERS, "kept");
        harness.publish(ORDERS, "removed");
        harness.db.execute("delete from postevent.orders where id = 'removed'");

        Node node = harness.node("a").stream();

        node.awaitOrder("kept");
        passed(node);
        assertThat(node.ids()).containsExactly("kept");
    }

    @ParameterizedTest
    @ValueSource(strings = {"truncate postevent.orders restart identity", "drop table postevent.orders"})
    void aTableThatIsMadeAnewWhileItIsStreamedIsSaidAtOnceAndStreamedAgain(String gone) {
        Node node = harness.node("a").stream();
        harness.publish(ORDERS, "old");
        node.awaitOrder("old");
        int doubts = node.doubts.size();

        harness.db.execute(gone);
        if (gone.startsWith("drop")) {
            harness.topic(ORDERS);
        }

        node.awaitConnectedAgain(doubts);
        node.awaitDoubt("PSTEV32012");
        harness.publish(ORDERS, "new");
        node.awaitOrder("new");
        assertThat(node.orders).extracting(LogEntry::id).containsExactly("old", "new");
    }
}
