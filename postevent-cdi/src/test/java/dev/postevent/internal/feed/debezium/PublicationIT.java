package dev.postevent.internal.feed.debezium;

import static dev.postevent.internal.feed.debezium.FeedHarness.BILLS;
import static dev.postevent.internal.feed.debezium.FeedHarness.LONG;
import static dev.postevent.internal.feed.debezium.FeedHarness.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.feed.debezium.FeedHarness.Node;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** A publication that is another than the node would make: by its forms, by other nodes, and by whoever alters it. */
class PublicationIT {
    private final FeedHarness harness = new FeedHarness(PostgresFixture.shared());

    @AfterEach
    void close() {
        harness.close();
    }

    private String tables() {
        return harness.db.text("select string_agg(tablename, ',' order by tablename) from pg_publication_tables"
                + " where pubname = '" + harness.slot + "'");
    }

    @Test
    void anEventThatTheStreamDoesNotBringIsLookedForWithinSeconds() throws SQLException {
        Node node = harness.node("a").stream();
        harness.publish(ORDERS, "before");
        node.awaitOrder("before");
        int doubts = node.doubts.size();

        // no look at the publication finds it altered
        try (Connection connection = harness.db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("alter publication " + harness.slot + " drop table postevent.orders");
            statement.execute("insert into postevent.orders (id, source, type) values ('missed', 'urn:test', 't')");
            statement.execute("alter publication " + harness.slot + " add table postevent.orders");
            connection.commit();
        }

        await().atMost(Duration.ofMinutes(4))
                .until(() -> node.doubts.subList(doubts, node.doubts.size()).stream()
                        .anyMatch(doubt -> doubt.contains("orders")));
        assertThat(node.ids()).doesNotContain("missed");
        // said once
        int said = node.doubts.size();
        harness.publish(ORDERS, "after");
        node.awaitOrder("after");
        await().during(Duration.ofMillis(500)).atMost(LONG).until(() -> node.doubts.size() == said);
        assertThat(node.restarts()).isZero();
    }

    @Test
    void anOlderNodeTakesNoTopicOutThatItDoesNotKnow() {
        harness.node("newer").stream().close();
        assertThat(tables()).isEqualTo("bills,orders");

        Node older = harness.node("older", Set.of(ORDERS)).stream();

        harness.publish(ORDERS, "e");
        older.awaitOrder("e");
        assertThat(tables()).isEqualTo("bills,orders");
        int doubts = older.doubts.size();
        harness.db.execute("alter publication " + harness.slot + " set table postevent.bills");
        older.awaitConnectedAgain(doubts);
        assertThat(tables()).isEqualTo("bills,orders");
    }

    @Test
    void aDataSourceWithoutAutoCommitMakesThePublicationAndLeavesNoTransactionOpen() {
        PGSimpleDataSource manual = new PGSimpleDataSource() {
            private static final long serialVersionUID = 1L;

            @Override
            public Connection getConnection() throws SQLException {
                Connection connection = super.getConnection();
                connection.setAutoCommit(false);
                return connection;
            }
        };
        manual.setUrl(harness.db.jdbcUrl());
        manual.setUser(harness.db.user());
        manual.setPassword(harness.db.password());

        Node node = harness.node("a", manual, harness::target).stream();

        harness.publish(BILLS, "b");
        await().atMost(LONG).until(() -> node.bills.size() == 1);
        assertThat(node.restarts()).isZero();
    }

    @Test
    void aPublicationOfTheWholeSchemaIsEnough() {
        String role = "r_" + harness.application;
        harness.db.execute(
                "create role " + role + " login replication password 'x'",
                "grant usage on schema postevent to " + role,
                "grant select on all tables in schema postevent to " + role,
                "create publication " + harness.slot + " for tables in schema postevent with (publish = 'insert')");
        Node node = harness.node("a", harness.as(role), () -> new FeedTarget(harness.db.jdbcUrl(), role, "x"));
        try {
            node.stream();

            harness.publish(BILLS, "b");
            await().atMost(LONG).until(() -> node.bills.size() == 1);
            assertThat(node.restarts()).isZero();
        } finally {
            node.close();
            harness.db.execute("drop owned by " + role, "drop role " + role);
        }
    }
}
