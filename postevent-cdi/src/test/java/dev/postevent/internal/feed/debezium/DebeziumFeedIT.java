package dev.postevent.internal.feed.debezium;

import static dev.postevent.internal.feed.debezium.FeedHarness.LONG;
import static dev.postevent.internal.feed.debezium.FeedHarness.ORDERS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.internal.feed.debezium.FeedHarness.Node;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.testing.LogLines;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.logging.Level;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What comes through the WAL is what was inserted, and nothing that is done to a topic's table stops it. */
class DebeziumFeedIT {
    private final FeedHarness harness = new FeedHarness(PostgresFixture.shared());

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void bringsACommittedInsertAndAsksForARangeReadOnceConnected() {
        Node node = harness.node("a").stream();

        harness.publish(ORDERS, "e1");
        harness.publish(FeedHarness.BILLS, "b1");

        node.awaitOrder("e1");
        await().atMost(LONG).until(() -> node.bills.size() == 1);
        // the slot is new, so what was committed right before it may become visible only now
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(node.lastingDoubts())
                        .containsExactly(
                                "the stream begins",
                                "connected to the slot " + harness.slot,
                                "the stream began in the middle of the WAL"));
        assertThat(node.feed.status().kind()).isEqualTo(Feed.Kind.STREAM);
        assertThat(node.feed.status().engine()).isEqualTo("debezium");
        assertThat(node.feed.status().facts())
                .containsEntry("slot", harness.slot)
                .containsEntry("wal_status", "reserved")
                .containsKeys("lag_bytes", "holder")
                .containsEntry("restarts", "0");
    }

    @Test
    void bringsNothingOfATransactionThatIsRolledBack() throws SQLException {
        Node node = harness.node("a").stream();

        try (Connection connection = harness.db.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            insert(connection, LogEntry.of(0, event("rolled-back").build()));
            connection.rollback();
        }
        harness.publish(ORDERS, "after");

        node.awaitOrder("after");
        assertThat(node.ids()).containsExactly("after");
    }

    @Test
    void bringsEveryColumnAsItWasInserted() throws SQLException {
        byte[] large = new byte[1 << 20];
        new Random(7).nextBytes(large);
        byte[] allBytes = new byte[256];
        IntStream.range(0, 256).forEach(i -> allBytes[i] = (byte) i);
        List<CloudEvent> events = List.of(
                event("all attributes")
                        .withDataContentType("application/json")
                        .withDataSchema(URI.create("https://example.com/schema?a=b#c"))
                        .withSubject("c-17")
                        .withTime(OffsetDateTime.of(2026, 11, 23, 17, 0, 0, 123_456_000, ZoneOffset.UTC))
                        .withData("{\"a\":1}".getBytes(StandardCharsets.UTF_8))
                        .withExtension("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                        .build(),
                event("no optional attribute").build(),
                event("empty data").withData(new byte[0]).build(),
                event("all bytes").withData(allBytes).build(),
                event("1 MiB").withData(large).build(),
                event("unicode \u00e4\u20ac\ud83d\ude80 '\"\\ \t")
                        .withSubject("\u6f22\u5b57 \ud83d\udc18 e\u0301")
                        .build(),
                event("extensions")
                        .withExtension("text", "plain \"quoted\" \u20ac")
                        .withExtension("flag", true)
                        .withExtension("number", -2147483648)
                        .withExtension("link", URI.create("urn:x:y"))
                        .withExtension("moment", OffsetDateTime.parse("1999-12-31T23:59:59.999999999+05:30"))
                        .withExtension("raw", new byte[] {0, 1, -1})
                        .build(),
                event("time with offset and nanoseconds")
                        .withTime(OffsetDateTime.parse("2026-02-28T23:59:59.123456789-11:30"))
                        .build(),
                event("earliest CloudEvents time")
                        .withTime(OffsetDateTime.parse("0000-01-01T00:00:00Z"))
                        .build(),
                event("before Christ")
                        .withTime(OffsetDateTime.of(-4700, 2, 3, 4, 5, 6, 0, ZoneOffset.UTC))
                        .build(),
                event("local mean time")
                        .withTime(OffsetDateTime.parse("1800-06-01T12:00:00.000001Z"))
                        .build(),
                event("latest CloudEvents time")
                        .withTime(OffsetDateTime.parse("9999-12-31T23:59:59.999999Z"))
                        .build(),
                event("beyond")
                        .withTime(OffsetDateTime.of(294_276, 12, 31, 23, 59, 59, 999_999_000, ZoneOffset.UTC))
                        .build());
        Node node = harness.node("a").stream();

        try (Connection connection = harness.db.dataSource().getConnection()) {
            for (CloudEvent event : events) {
                insert(connection, LogEntry.of(0, event));
            }
        }

        await().atMost(LONG).until(() -> node.orders.size() >= events.size() || node.restarts() > 0);
        assertThat(node.orders)
                .extracting(LogEntry::id)
                .containsExactlyElementsOf(
                        events.stream().map(CloudEvent::getId).toList());
        for (int i = 0; i < events.size(); i++) {
            LogEntry expected = LogEntry.of(i + 1, events.get(i));
            LogEntry brought = node.orders.get(i);
            assertThat(brought)
                    .usingRecursiveComparison()
                    .ignoringFields("extensions", "data")
                    .isEqualTo(expected);
            assertThat(brought.data()).isEqualTo(expected.data());
            // jsonb has an order of its own, and binary extensions are arrays, which no equals compares
            assertThat(json(brought.extensions())).isEqualTo(json(expected.extensions()));
            assertThat(json(LogEntry.of(0, brought.toCloudEvent()).extensions()))
                    .isEqualTo(json(expected.extensions()));
        }
    }

    @Test
    void doesNotDependOnTheSessionSettingsOfDatabaseOrRole() throws SQLException {
        for (String setting : List.of(
                "bytea_output = 'escape'",
                "datestyle = 'German, DMY'",
                "timezone = 'Asia/Kolkata'",
                "search_path = 'pg_temp'",
                "default_transaction_isolation = 'serializable'",
                "lock_timeout = '50ms'",
                "client_encoding = 'LATIN1'")) {
            harness.db.execute("alter database " + harness.db.name() + " set " + setting);
        }
        CloudEvent event = event("\u20ac")
                .withTime(OffsetDateTime.parse("1850-01-02T03:04:05.678901Z"))
                .withData(new byte[] {0, 39, 92, -1})
                .build();
        Node node = harness.node("a").stream();

        try (Connection connection = harness.db.dataSource().getConnection()) {
            insert(connection, LogEntry.of(0, event));
        }

        node.awaitOrder("\u20ac");
        assertThat(node.orders.get(0).toCloudEvent()).isEqualTo(event);
    }

    @Test
    void bringsAVoidAsAVoid() {
        Node node = harness.node("a").stream();

        harness.db.execute("insert into postevent.orders(idn, kind, id, source, type) overriding system value"
                + " values (5, 'v', 'void-5', 'urn:postevent:void', 'postevent.void')");

        node.awaitOrder("void-5");
        assertThat(node.orders.get(0).isVoid()).isTrue();
        assertThat(node.orders.get(0).position()).isEqualTo(5);
    }

    @Test
    void leavesARowItCannotReadToTheRangeReadAndGoesOn() {
        Node node = harness.node("a").stream();
        try (LogLines lines = new LogLines("dev.postevent.feed", Level.WARNING)) {
            harness.db.execute(
                    "insert into postevent.orders(id, source, type, time) values ('endless', 'urn:test', 't', 'infinity')",
                    "insert into postevent.orders(id, source, type, time) values ('beginningless', 'urn:test', 't', '-infinity')",
                    "alter table postevent.orders alter column traceparent type numeric(9, 2) using null",
                    "insert into postevent.orders(id, source, type, traceparent) values ('number', 'urn:test', 't', 'NaN')",
                    "alter table postevent.orders drop column traceparent",
                    "insert into postevent.orders(id, source, type) values ('short', 'urn:test', 't')",
                    "alter table postevent.orders add column traceparent text, alter column type drop not null",
                    "insert into postevent.orders(id, source) values ('typeless', 'urn:test')",
                    "update postevent.orders set type = 't'",
                    "alter table postevent.orders alter column type set not null",
                    "insert into postevent.orders(id, source, type) values ('next', 'urn:test', 't')");

            node.awaitOrder("next");
            assertThat(node.ids()).containsExactly("beginningless", "endless", "next");
            assertThat(node.orders)
                    .filteredOn(entry -> entry.id().endsWith("less"))
                    .allMatch(entry -> entry.time() == null);
            node.awaitDoubt("a row of orders came through the stream and could not be read");
            await().atMost(LONG)
                    .until(() -> node.feed.status().facts().get("unreadable").equals("3"));
            assertThat(node.restarts()).isZero();
            assertThat(lines.with("PSTEV32010: the row of orders at position ")).hasSize(3);
        }
    }

    @Test
    void isNotStoppedByWhateverElseIsDoneToTheTable() {
        Node node = harness.node("a").stream();
        harness.publish(ORDERS, "e1");
        node.awaitOrder("e1");

        harness.db.execute(
                "update postevent.orders set subject = 'other' where id = 'e1'",
                "update postevent.orders set id = 'renamed' where id = 'e1'",
                "delete from postevent.orders",
                "insert into postevent.orders(id, source, type) values ('e2', 'urn:test', 't')",
                "truncate postevent.orders",
                "alter table postevent.orders add column remark text default 'x', add column kept jsonb, add column n numeric(9, 2)",
                "insert into postevent.orders(id, source, type, n) values ('e2a', 'urn:test', 't', 'NaN')",
                "insert into postevent.orders(id, source, type, remark) values ('e3', 'urn:test', 't', 'y')",
                "alter table postevent.orders alter column remark type varchar(10), drop column kept",
                "insert into postevent.orders(id, source, type) values ('e4', 'urn:test', 't')",
                "alter table postevent.orders replica identity full",
                "update postevent.orders set subject = 'other'",
                "alter table postevent.orders replica identity nothing",
                "insert into postevent.orders(id, source, type) values ('e5', 'urn:test', 't')",
                "delete from postevent.orders where id = 'e5'",
                "vacuum full postevent.orders",
                "insert into postevent.orders(id, source, type) values ('e6', 'urn:test', 't')",
                "select pg_logical_emit_message(true, 'foreign', 'text')",
                "select pg_logical_emit_message(false, 'foreign', 'text')",
                "create table public.orders (idn bigint primary key, id text)",
                "insert into public.orders values (1, 'not ours')",
                "insert into postevent.orders(id, source, type) values ('e7', 'urn:test', 't')");

        node.awaitOrder("e7");
        assertThat(node.ids()).containsExactly("e1", "e2", "e2a", "e3", "e4", "e5", "e6", "e7");
        assertThat(node.restarts()).isZero();
        assertThat(node.feed.status().state()).isEqualTo(Feed.State.STREAMING);
    }

    private static JsonObject json(String text) {
        if (text == null) {
            return JsonValue.EMPTY_JSON_OBJECT;
        }
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            return reader.readObject();
        }
    }

    private static CloudEventBuilder event(String id) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(URI.create("urn:test"))
                .withType("order.placed");
    }

    private static void insert(Connection connection, LogEntry entry) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("""
                insert into postevent.orders (id, source, type, datacontenttype, dataschema, subject, data, time, traceparent,
                                              extensions)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb)
                """)) {
            insert.setString(1, entry.id());
            insert.setString(2, entry.source());
            insert.setString(3, entry.type());
            insert.setString(4, entry.datacontenttype());
            insert.setString(5, entry.dataschema());
            insert.setString(6, entry.subject());
            insert.setBytes(7, entry.data());
            insert.setObject(8, entry.time());
            insert.setString(9, entry.traceparent());
            insert.setString(10, entry.extensions());
            insert.executeUpdate();
        }
    }
}
