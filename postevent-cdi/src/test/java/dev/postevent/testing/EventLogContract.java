package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every event log has to do, run on each adapter over the same real database. */
public abstract class EventLogContract {
    protected static final TopicName TOPIC = new TopicName("orders");

    protected final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private EventLog log;

    /** The adapter over {@link #db}, with a settle wait of about 200 ms. */
    protected abstract EventLog open() throws Exception;

    /** Ends the adapter. */
    protected void close() throws Exception {
        // most have nothing to end
    }

    @BeforeEach
    final void makeTopic() throws Exception {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(TOPIC));
        log = open();
    }

    @AfterEach
    final void end() throws Exception {
        close();
    }

    private void insert(int from, int through) {
        db.execute("insert into postevent.orders (id, source, type, subject, data) select 'e' || g, 'urn:test', 't',"
                + " 's' || g % 3, decode(repeat('ab', 100), 'hex') from generate_series(" + from + ", " + through
                + ") g");
    }

    private Range read(long after, long through, int rowsMax, long bytesMax) {
        return log.read(TOPIC, after, through, rowsMax, bytesMax);
    }

    private Range readAll(long after) {
        return read(after, Long.MAX_VALUE, 1000, 1 << 20);
    }

    private static List<Long> positions(Range range) {
        return range.entries().stream().map(LogEntry::position).toList();
    }

    @Test
    public void anEmptyTopicHasHeadZeroAndNothingToRead() {
        assertThat(log.head(TOPIC)).isZero();
        assertThat(log.settled(TOPIC)).isZero();
        Range range = readAll(0);
        assertThat(range.entries()).isEmpty();
        assertThat(range.settledThrough()).isZero();
        assertThat(range.more()).isFalse();
        assertThat(range.blocker()).isNull();
        assertThat(range.goneThrough()).isZero();
    }

    @Test
    public void theOriginIsThatOfTheTable() {
        assertThat(log.origin(TOPIC).table()).isEqualTo(db.number("select 'postevent.orders'::regclass::oid::bigint"));
        assertThat(log.origin(TOPIC).system()).isEqualTo(db.text("select system_identifier from pg_control_system()"));
        assertThat(log.origin(TOPIC)).isEqualTo(log.origin(TOPIC));
    }

    @Test
    public void entriesComeInOrderWithAllTheirColumns() {
        db.execute("insert into postevent.orders (id, source, type, datacontenttype, dataschema, subject, data, time,"
                + " traceparent, extensions) values ('a', 'urn:x', 't', 'text/plain', 'urn:s', 'sub', '\\x00ff',"
                + " '2026-01-02T03:04:05.678901Z', '00-1-2-03', '{\"n\": 5, \"u\": {\"uri\": \"urn:u\"}}'),"
                + " ('b', 'urn:x', 't', null, null, null, null, null, null, null),"
                + " ('c', 'urn:x', 't', null, null, null, '', null, null, null)");
        Range range = readAll(0);
        assertThat(positions(range)).containsExactly(1L, 2L, 3L);
        assertThat(range.settledThrough()).isEqualTo(3);
        LogEntry first = range.entries().get(0);
        assertThat(first.data()).isEqualTo(new byte[] {0, -1});
        assertThat(first.time()).isEqualTo("2026-01-02T03:04:05.678901Z");
        assertThat(first.traceparent()).isEqualTo("00-1-2-03");
        assertThat(first.toCloudEvent().getExtension("n")).isEqualTo(5);
        assertThat(first.toCloudEvent().getExtension("u")).isEqualTo(java.net.URI.create("urn:u"));
        assertThat(first.toCloudEvent().getDataSchema()).isEqualTo(java.net.URI.create("urn:s"));
        assertThat(range.entries().get(1).data()).isNull();
        assertThat(range.entries().get(1).extensions()).isNull();
        assertThat(range.entries().get(2).data()).isEmpty();
    }

    @Test
    public void theRowLimitCutsAndSaysSo() {
        insert(1, 10);
        Range range = read(2, Long.MAX_VALUE, 3, 1 << 20);
        assertThat(positions(range)).containsExactly(3L, 4L, 5L);
        assertThat(range.settledThrough()).isEqualTo(5);
        assertThat(range.more()).isTrue();
        assertThat(read(5, Long.MAX_VALUE, 5, 1 << 20).more()).isFalse();
    }

    @Test
    public void theByteLimitCutsAfterTheEntryThatPassesIt() {
        insert(1, 10);
        assertThat(positions(read(0, Long.MAX_VALUE, 100, 1))).containsExactly(1L);
        assertThat(positions(read(0, Long.MAX_VALUE, 100, 150))).containsExactly(1L, 2L);
        assertThat(read(0, Long.MAX_VALUE, 100, 150).more()).isTrue();
    }

    @Test
    public void theUpperBoundIsInclusive() {
        insert(1, 10);
        Range range = read(2, 4, 100, 1 << 20);
        assertThat(positions(range)).containsExactly(3L, 4L);
        assertThat(range.settledThrough()).isEqualTo(4);
        assertThat(read(4, 4, 100, 1 << 20).entries()).isEmpty();
    }

    @Test
    public void pageByPageIsAllOfIt() {
        insert(1, 2500);
        long after = 0;
        int count = 0;
        while (true) {
            Range range = read(after, Long.MAX_VALUE, 400, 1 << 20);
            count += range.entries().size();
            after = range.settledThrough();
            if (!range.more()) {
                break;
            }
        }
        assertThat(count).isEqualTo(2500);
        assertThat(after).isEqualTo(2500).isEqualTo(log.head(TOPIC));
        assertThat(log.settled(TOPIC)).isEqualTo(2500);
    }

    @Test
    public void aRolledBackPositionBecomesAVoid() throws Exception {
        insert(1, 2);
        try (Connection connection = db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("insert into postevent.orders (id, source, type) values ('gone', 'urn:test', 't')");
            connection.rollback();
        }
        insert(4, 4);
        Range range = readAll(0);
        assertThat(positions(range)).containsExactly(1L, 2L, 3L, 4L);
        assertThat(range.entries().get(2).isVoid()).isTrue();
        assertThat(range.settledThrough()).isEqualTo(4);
    }

    @Test
    public void anOpenPositionIsUndecidedAndItsHolderNamed() throws Exception {
        insert(1, 1);
        try (Connection connection = db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set application_name = 'the-slow-one'");
            connection.setAutoCommit(false);
            statement.execute("insert into postevent.orders (id, source, type) values ('late', 'urn:test', 't')");
            insert(3, 3);
            Range range = readAll(0);
            assertThat(range.settledThrough()).isEqualTo(1);
            assertThat(range.blocker()).contains("the-slow-one");
            connection.commit();
        }
        assertThat(positions(readAll(1))).containsExactly(2L, 3L);
        assertThat(readAll(1).blocker()).isNull();
    }

    @Test
    public void whatRetentionRemovedIsGoneAndNotVoid() {
        insert(1, 10);
        assertThat(readAll(0).settledThrough()).isEqualTo(10);
        db.execute(
                "update postevent_internal.settled set gone = 4 where topic = 'orders'",
                "delete from postevent.orders where idn <= 4");
        Range range = readAll(0);
        assertThat(range.goneThrough()).isEqualTo(4);
        assertThat(positions(range)).containsExactly(5L, 6L, 7L, 8L, 9L, 10L);
        assertThat(range.settledThrough()).isEqualTo(10);
    }

    @Test
    public void boundsThatCannotBeAreRefused() {
        assertThatThrownBy(() -> read(-1, 5, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read(0, 5, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read(0, 5, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    public void aMebibyteOfDataArrivesWhole() {
        db.execute("insert into postevent.orders (id, source, type, data) select 'big' || g, 'urn:test', 't',"
                + " decode(repeat('0123456789abcdef', 131072), 'hex') from generate_series(1, 5) g");
        Range range = readAll(0);
        assertThat(range.entries()).hasSizeBetween(1, 2);
        assertThat(range.entries().get(0).data()).hasSize(1 << 20);
        assertThat(range.more()).isTrue();
    }
}
