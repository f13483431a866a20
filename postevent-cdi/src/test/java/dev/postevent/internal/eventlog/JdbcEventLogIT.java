package dev.postevent.internal.eventlog;

import static dev.postevent.internal.eventlog.Events.ORDERS;
import static dev.postevent.internal.eventlog.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.postevent.PosteventException;
import dev.postevent.internal.outbox.Inserts;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Range reads: what they give, how far they settle, and whom they name when they cannot. */
final class JdbcEventLogIT {
    private static final long ALL = Long.MAX_VALUE;
    private static final long BYTES = 1 << 20;

    private PostgresFixture.Db db;
    private JdbcEventLog log;
    private final List<Connection> open = new ArrayList<>();

    @BeforeEach
    void open() {
        db = PostgresFixture.shared().newDatabase();
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(ORDERS));
        log = new JdbcEventLog(db.dataSource(), Duration.ZERO);
    }

    @AfterEach
    void close() throws SQLException {
        for (Connection connection : open) {
            connection.close();
        }
        // prepared transactions would keep the database
        String gids = db.text("select string_agg(gid, ' ') from pg_prepared_xacts where database = current_database()");
        for (String gid : gids == null ? new String[0] : gids.split(" ")) {
            db.execute("rollback prepared '" + gid.replace("'", "''") + "'");
        }
    }

    @Test
    void anEmptyTopicIsSettledUpToWhereItWasAsked() {
        assertThat(log.read(ORDERS, 0, ALL, 10, BYTES))
                .usingRecursiveComparison()
                .isEqualTo(Range.of(List.of(), 0));
        assertThat(log.head(ORDERS)).isZero();
        assertThat(log.settled(ORDERS)).isZero();
    }

    /** It is asked for many times a second: what may be large stays where it is. */
    @Test
    void anIdentityIsReadWithoutWhatMayBeLarge() {
        db.execute("insert into postevent.orders (id, source, type, data, extensions) values ('large', 'urn:test', 't',"
                + " convert_to(repeat('x', 1000000), 'UTF8'), jsonb_build_object('much', repeat('y', 100000)))");
        LogEntry there = log.identity(ORDERS, 1);
        assertThat(there).isNotNull();
        assertThat(there.id()).isEqualTo("large");
        assertThat(there.weight()).isLessThan(1_000);
    }

    /** As a JVM fails that has no room for a row, and as driver and server say it. */
    @Test
    void aRowThatThereIsNoRoomForIsNamed() throws SQLException {
        publish("a", "b");
        assertThat(withoutRoom()).hasSize(3).noneMatch(failure -> failure.contains("PSTEV31047"));
        db.execute(
                "drop trigger orders_event_check on postevent.orders",
                "insert into postevent.orders (id, source, type, data)"
                        + " values ('large', 'urn:test', 't', repeat('x', 15000000)::bytea)");
        publish("d");
        assertThat(withoutRoom())
                .hasSize(3)
                .allSatisfy(failure ->
                        assertThat(failure).contains("PSTEV31047", "orders", "position 3", "15000014 bytes", "as if"));
    }

    /** What becomes of a read where each kind of failure happens that may be of a row's size. */
    private List<String> withoutRoom() {
        return Stream.of(
                        new OutOfMemoryError("as if"),
                        new SQLException("as if", "53200"),
                        new SQLException("as if", "XX000"))
                .map(failure -> HookedDataSource.of(db.dataSource(), sql -> {
                    if (sql.contains("bounds as materialized")) {
                        JdbcEventLogIT.<RuntimeException>fail(failure);
                    }
                }))
                .map(source ->
                        catchThrowable(() -> new JdbcEventLog(source, Duration.ZERO).read(ORDERS, 0, ALL, 10, BYTES)))
                .map(String::valueOf)
                .toList();
    }

    @SuppressWarnings("unchecked") // a checked exception where none is declared
    private static <T extends Throwable> void fail(Throwable e) throws T {
        throw (T) e;
    }

    @Test
    void readsAboveAfterAndThroughTheEndInPositionOrder() throws SQLException {
        publish("a", "b", "c", "d", "e");
        Range range = log.read(ORDERS, 1, 4, 10, BYTES);
        assertThat(positions(range)).containsExactly(2L, 3L, 4L);
        assertThat(range.settledThrough()).isEqualTo(4);
        assertThat(range.more()).isFalse();
        assertThat(log.head(ORDERS)).isEqualTo(5);
        assertThat(log.heads(Set.of(ORDERS))).isEqualTo(Map.of(ORDERS, new JdbcEventLog.Head(5, log.settled(ORDERS))));
    }

    @Test
    void rowsAreLimitedAndMoreSaysSo() throws SQLException {
        publish("a", "b", "c");
        Range first = log.read(ORDERS, 0, ALL, 2, BYTES);
        assertThat(positions(first)).containsExactly(1L, 2L);
        assertThat(first.more()).isTrue();
        Range rest = log.read(ORDERS, 2, ALL, 2, BYTES);
        assertThat(positions(rest)).containsExactly(3L);
        assertThat(rest.more()).isFalse();
        assertThat(log.read(ORDERS, 0, 2, 2, BYTES).more())
                .as("the range ends here")
                .isFalse();
    }

    @Test
    void bytesAreLimitedAfterTheEntryThatPassesThem() throws SQLException {
        for (int i = 0; i < 4; i++) {
            publishData("e" + i, new byte[100_000]);
        }
        assertThat(positions(log.read(ORDERS, 0, ALL, 10, 150_000))).containsExactly(1L, 2L);
        assertThat(positions(log.read(ORDERS, 0, ALL, 10, 200_000))).containsExactly(1L, 2L);
        Range least = log.read(ORDERS, 2, ALL, 10, 1);
        assertThat(positions(least)).containsExactly(3L);
        assertThat(least.more()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"subject", "dataschema", "datacontenttype", "traceparent", "type", "data"})
    void attributesCountAsDataDoes(String column) {
        String value = column.equals("data") ? "convert_to(repeat('x', 100000), 'UTF8')" : "repeat('x', 100000)";
        db.execute("insert into postevent.orders(id, source, " + (column.equals("type") ? "" : "type, ") + column + ")"
                + " select g::text, 's', " + (column.equals("type") ? "" : "'t', ") + value
                + " from generate_series(1, 6) g");
        Range range = log.read(ORDERS, 0, ALL, 10, 250_000);
        assertThat(positions(range)).containsExactly(1L, 2L, 3L);
        assertThat(range.more()).isTrue();
        assertThat(positions(log.read(ORDERS, 3, ALL, 10, BYTES))).containsExactly(4L, 5L, 6L);
    }

    @Test
    void extensionsCountForAtLeastWhatTheyAreEvenIfTheyArePackedTight() {
        db.execute(
                "insert into postevent.orders(id, source, type, extensions)"
                        + " select g::text, 's', 't', jsonb_build_object('x', repeat('x', 1000000)) from generate_series(1, 6) g",
                "insert into postevent.orders(id, source, type, extensions)"
                        + " select (6 + g)::text, 's', 't', jsonb_build_object('x',"
                        + " (select string_agg(md5(n::text), '') from generate_series(1, 31250) n)) from generate_series(1, 6) g");
        assertThat(db.number("select max(pg_column_size(extensions)) from postevent.orders where idn <= 6"))
                .as("packed")
                .isLessThan(50_000);
        long after = 0;
        int reads = 0;
        do {
            Range range = log.read(ORDERS, after, ALL, 10, 2_500_000);
            assertThat(range.entries()).hasSizeBetween(1, 3);
            assertThat(range.entries().get(0).position()).isEqualTo(after + 1);
            after = range.settledThrough();
            reads++;
        } while (after < 12);
        assertThat(reads).isLessThanOrEqualTo(8);
    }

    @Test
    void aPositionRolledBackBecomesAVoidForEver() throws SQLException {
        publish("a");
        rolledBack("lost");
        publish("c");
        Range range = log.read(ORDERS, 0, ALL, 10, BYTES);
        assertThat(positions(range)).containsExactly(1L, 2L, 3L);
        assertThat(range.entries()).extracting(LogEntry::isVoid).containsExactly(false, true, false);
        assertThat(range.settledThrough()).isEqualTo(3);
        assertThat(range.blocker()).isNull();
        assertThat(log.settled(ORDERS)).isEqualTo(3);
        assertThat(db.text("select kind::text || id || source from postevent.orders where idn = 2"))
                .isEqualTo("vvoid-2urn:postevent:void");
    }

    @Test
    void aGapAtTheEndOfTheRangeIsSettledIfARowAboveShowsThatItWasDrawn() throws SQLException {
        publish("a");
        rolledBack("x");
        rolledBack("y");
        assertThat(log.read(ORDERS, 1, 3, 10, BYTES).settledThrough())
                .as("nobody knows yet that 2 and 3 were drawn")
                .isEqualTo(1);
        publish("d");
        Range range = log.read(ORDERS, 1, 3, 10, BYTES);
        assertThat(positions(range)).containsExactly(2L, 3L);
        assertThat(range.settledThrough()).isEqualTo(3);
    }

    @Test
    void aPositionInFlightIsUndecidedAndItsTransactionNamed() throws SQLException {
        publish("a");
        Connection slow = begin("slow application");
        insert(slow, "b");
        publish("c");
        Range range = log.read(ORDERS, 0, ALL, 10, BYTES);
        assertThat(positions(range)).as("what is there is given").containsExactly(1L, 3L);
        assertThat(range.settledThrough()).isEqualTo(1);
        assertThat(range.blocker())
                .matches("pid \\d+ \\(application 'slow application'\\) idle in transaction since 20.*");
        assertThat(range.more()).isFalse();
        slow.commit();
        Range after = log.read(ORDERS, 1, ALL, 10, BYTES);
        assertThat(after.entries()).extracting(LogEntry::id).containsExactly("b", "c");
        assertThat(after.settledThrough()).isEqualTo(3);
        assertThat(after.blocker()).isNull();
    }

    @Test
    void aPreparedTransactionIsNamed() throws SQLException {
        prepared("it's", "a");
        publish("b");
        Range range = log.read(ORDERS, 0, ALL, 10, BYTES);
        assertThat(range.settledThrough()).isZero();
        assertThat(range.blocker()).startsWith("prepared transaction 'it\\u0027s' since 20");
        db.execute("rollback prepared 'it''s'");
        assertThat(log.read(ORDERS, 0, ALL, 10, BYTES).settledThrough()).isEqualTo(2);
    }

    @Test
    void theSealIsNotTriedWhileSomebodyMayStillFillTheGap() throws SQLException {
        prepared("p", "a");
        publish("b");
        List<String> seals = new ArrayList<>();
        JdbcEventLog watched = new JdbcEventLog(
                HookedDataSource.of(db.dataSource(), sql -> {
                    if (sql.contains("postevent_internal.seal(")) {
                        seals.add(sql);
                    }
                }),
                Duration.ZERO);
        watched.read(ORDERS, 0, ALL, 10, BYTES);
        assertThat(seals).isEmpty();
        db.execute("rollback prepared 'p'");
        watched.read(ORDERS, 0, ALL, 10, BYTES);
        assertThat(seals).hasSize(1);
    }

    @Test
    void aReadThatGaveUpDoesNotStartOverWithThoseWhoCameLater() throws SQLException {
        Connection first = begin("first");
        insert(first, "a");
        publish("b");
        assertThat(log.read(ORDERS, 0, ALL, 10, BYTES).settledThrough()).isZero();
        try (Connection second = begin("second")) {
            insert(second, "third");
            publish("c");
            first.rollback();
            first.close();
            Range range = log.read(ORDERS, 0, ALL, 10, BYTES);
            assertThat(range.settledThrough()).as("the later one holds 3").isEqualTo(2);
            assertThat(range.entries()).first().matches(LogEntry::isVoid);
            assertThat(range.blocker()).isNotNull();
            second.commit();
        }
        assertThat(log.read(ORDERS, 2, ALL, 10, BYTES).settledThrough()).isEqualTo(4);
    }

    @Test
    void whatWasBegunToBeProvenOfATableSaysNothingOfTheOneInItsPlace() throws SQLException {
        List<String> seals = new ArrayList<>();
        JdbcEventLog watched = new JdbcEventLog(
                HookedDataSource.of(db.dataSource(), sql -> {
                    if (sql.contains("postevent_internal.seal(")) {
                        seals.add(sql);
                    }
                }),
                Duration.ZERO);
        try (Connection first = begin("first")) {
            insert(first, "a");
            publish("b");
            assertThat(watched.read(ORDERS, 0, ALL, 10, BYTES).blocker()).isNotNull();
            first.rollback();
        }
        db.execute("truncate postevent.orders restart identity");
        try (Connection second = begin("second")) {
            insert(second, "first again");
            publish("c");
            assertThat(watched.read(ORDERS, 0, ALL, 10, BYTES).blocker()).contains("second");
            assertThat(seals).isEmpty();
            second.commit();
        }
        assertThat(watched.read(ORDERS, 0, ALL, 10, BYTES).entries())
                .extracting(LogEntry::id)
                .containsExactly("first again", "c");
    }

    @Test
    void severalHoldersAreCountedBehindTheOldest() throws SQLException {
        Connection first = begin("first");
        insert(first, "a");
        insert(begin("second"), "b");
        publish("c");
        assertThat(log.read(ORDERS, 0, ALL, 10, BYTES).blocker())
                .contains("'first'")
                .endsWith(", and 1 more transaction");
    }

    @Test
    void waitsForHoldersWithinTheSettleWait() throws SQLException {
        Connection slow = begin("slow");
        insert(slow, "a");
        publish("b");
        AtomicInteger reads = new AtomicInteger();
        JdbcEventLog patient = new JdbcEventLog(
                HookedDataSource.of(db.dataSource(), sql -> {
                    if (sql.contains("pg_locks") && reads.incrementAndGet() == 4) {
                        commit(slow);
                    }
                }),
                Duration.ofSeconds(60));
        Range range = patient.read(ORDERS, 0, ALL, 10, BYTES);
        assertThat(reads).hasValue(4);
        assertThat(range.settledThrough()).isEqualTo(2);
        assertThat(range.entries()).extracting(LogEntry::id).containsExactly("a", "b");
    }

    @Test
    void doesNotWaitForATransactionThatHasNothingToDoWithTheGap() throws SQLException {
        JdbcEventLog patient = new JdbcEventLog(db.dataSource(), Duration.ofSeconds(60));
        Connection filler = begin("filler");
        insert(filler, "a");
        publish("b");
        insert(begin("later, for long"), "c");
        filler.commit();
        long start = System.nanoTime();
        assertThat(patient.read(ORDERS, 0, 2, 10, BYTES).settledThrough()).isEqualTo(2);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
    }

    @Test
    void aGapWiderThanTenThousandIsLeftToAnOperator() throws SQLException {
        publish("a");
        db.execute("select setval('postevent.orders_idn_seq', 10002)");
        publish("b");
        Range range = log.read(ORDERS, 0, ALL, 10, BYTES);
        assertThat(range.settledThrough()).isEqualTo(1);
        assertThat(range.blocker()).contains("positions 2 to 10002", "10001 in a row", "setval");
        assertThat(log.read(ORDERS, 5_000, 6_000, 10, BYTES).blocker())
                .as("not in pieces either")
                .contains("positions 2 to 10002");
        assertThat(db.number("select count(*) from postevent.orders")).isEqualTo(2);
        String blocker = range.blocker();
        db.execute(blocker.substring(blocker.indexOf("insert into")));
        assertThat(log.read(ORDERS, 0, ALL, 20_000, BYTES).settledThrough()).isEqualTo(10_003);
    }

    @Test
    void whoAsksHowFarTheTopicIsReadsNothingAndStopsAtWhatIsOpen() throws Exception {
        publish("a", "b");
        db.execute("select setval('postevent.orders_idn_seq', 10002)");
        publish("c");
        assertThat(log.settle(ORDERS, 0)).as("a gap of 10,000 is sealed").isEqualTo(10_003);
        assertThat(log.settled(ORDERS)).as("recorded").isEqualTo(10_003);
        try (Connection publisher = db.dataSource().getConnection()) {
            publisher.setAutoCommit(false);
            try (Statement statement = publisher.createStatement()) {
                statement.execute("insert into postevent.orders (id, source, type) values ('open', 'urn:test', 't')");
            }
            publish("d", "e");
            assertThat(log.settle(ORDERS, 10_003)).as("10004 is open").isEqualTo(10_003);
            publisher.commit();
        }
        assertThat(log.settle(ORDERS, 10_003)).isEqualTo(10_006);
        assertThat(log.settle(ORDERS, 20_000)).as("never less than is known").isEqualTo(20_000);
        db.execute("select setval('postevent.orders_idn_seq', 20007)");
        publish("f");
        assertThat(log.settle(ORDERS, 0)).as("10,001 are for an operator").isEqualTo(10_006);
    }

    @Test
    void aWideGapThatMayBeSealedIsSealedAnswerByAnswer() throws SQLException {
        db.execute("select setval('postevent.orders_idn_seq', 2500)");
        publish("a");
        long mark = 0;
        List<Integer> sizes = new ArrayList<>();
        for (Range range = log.read(ORDERS, mark, ALL, 1_000, BYTES);
                range.settledThrough() > mark;
                range = log.read(ORDERS, mark, ALL, 1_000, BYTES)) {
            assertThat(range.entries()).hasSizeLessThanOrEqualTo(1_000);
            assertThat(positions(range))
                    .containsExactlyElementsOf(LongStream.rangeClosed(mark + 1, range.settledThrough())
                            .boxed()
                            .toList());
            sizes.add(range.entries().size());
            mark = range.settledThrough();
        }
        assertThat(mark).isEqualTo(2_501);
        assertThat(sizes).containsExactly(1_000, 1_000, 501);
    }

    @Test
    void whatRetentionRemovedIsGoneAndNeverVoid() throws SQLException {
        publish("a", "b", "c", "d", "e");
        log.read(ORDERS, 0, ALL, 10, BYTES);
        db.execute(
                "update postevent_internal.settled set gone = 3 where topic = 'orders'",
                "delete from postevent.orders where idn <= 3");
        Range range = log.read(ORDERS, 1, ALL, 10, BYTES);
        assertThat(positions(range)).containsExactly(4L, 5L);
        assertThat(range.goneThrough()).isEqualTo(3);
        assertThat(range.settledThrough()).isEqualTo(5);
        Range below = log.read(ORDERS, 0, 2, 10, BYTES);
        assertThat(below.entries()).isEmpty();
        assertThat(below.goneThrough()).isEqualTo(3);
        assertThat(db.number("select count(*) from postevent.orders where kind = 'v'"))
                .isZero();
    }

    @Test
    void retentionBetweenTheReadAndTheSealLeavesNoVoid() throws SQLException {
        publish("a");
        rolledBack("x");
        publish("c", "d");
        // the first read sees 1, 3, 4; then somebody else settles, and retention removes all up to 3
        List<String> statements = new ArrayList<>();
        JdbcEventLog watched = new JdbcEventLog(
                HookedDataSource.of(db.dataSource(), sql -> {
                    statements.add(sql);
                    if (sql.contains("pg_locks")) {
                        new JdbcEventLog(db.dataSource(), Duration.ZERO).read(ORDERS, 0, ALL, 10, BYTES);
                        db.execute(
                                "update postevent_internal.settled set gone = 3 where topic = 'orders'",
                                "delete from postevent.orders where idn <= 3");
                    }
                }),
                Duration.ZERO);
        Range range = watched.read(ORDERS, 0, ALL, 10, BYTES);
        assertThat(statements).anyMatch(sql -> sql.contains("pg_locks"));
        assertThat(positions(range)).containsExactly(4L);
        assertThat(range.goneThrough()).isEqualTo(3);
        assertThat(db.number("select count(*) from postevent.orders")).isEqualTo(1);
    }

    @Test
    void whatIsSettledIsRecordedOnlyByThoseWhoSawEverythingBelow() throws SQLException {
        publish("a", "b", "c");
        log.read(ORDERS, 2, ALL, 10, BYTES);
        assertThat(log.settled(ORDERS)).isZero();
        log.read(ORDERS, 0, 1, 10, BYTES);
        assertThat(log.settled(ORDERS)).isEqualTo(1);
        log.read(ORDERS, 2, ALL, 10, BYTES);
        assertThat(log.settled(ORDERS)).isEqualTo(1);
        log.read(ORDERS, 1, ALL, 10, BYTES);
        assertThat(log.settled(ORDERS)).isEqualTo(3);
        log.read(ORDERS, 0, 2, 10, BYTES);
        assertThat(log.settled(ORDERS)).as("never goes back").isEqualTo(3);
    }

    /** The row of a table that is no more says nothing of the one that has its name. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "create table postevent.anew (like postevent.orders including all); drop table postevent.orders;"
                        + " alter table postevent.anew rename to orders",
                "truncate postevent.orders restart identity"
            })
    void whatWasSettledOfATableThatIsNoMoreIsNotSettled(String anew) throws SQLException {
        publish("a", "b", "c", "d");
        log.read(ORDERS, 0, ALL, 10, BYTES);
        db.execute("update postevent_internal.settled set gone = 3", anew);
        RemoteConsumers consumers = new RemoteConsumers(db.dataSource());

        assertThat(log.settled(ORDERS)).isZero();
        publish("x", "y");
        assertThat(log.settled(ORDERS)).isZero();
        assertThatThrownBy(() -> consumers.report("cert:a", "b", ORDERS, 3, 10)).hasMessageContaining("PSTEV31046");
        Range range = log.read(ORDERS, 0, ALL, 10, BYTES);
        assertThat(positions(range)).containsExactly(1L, 2L);
        assertThat(range.goneThrough()).isZero();
        assertThat(log.settled(ORDERS)).isEqualTo(2);
        assertThat(consumers.report("cert:a", "b", ORDERS, 2, 10)).isTrue();
        assertThat(db.text("select settled || ' ' || gone from postevent_internal.settled"))
                .isEqualTo("2 0");
    }

    /** As many events as before, of which nobody has read one: a gap among them is not settled. */
    @Test
    void whatIsSettledIsOfTheTableItWasSettledIn() throws SQLException {
        publish("a", "b", "c");
        log.read(ORDERS, 0, ALL, 10, BYTES);
        db.execute(
                "create table postevent.anew (like postevent.orders including all)",
                "drop table postevent.orders",
                "alter table postevent.anew rename to orders");
        publish("x");
        rolledBack("y");
        publish("z", "zz");

        assertThat(log.settled(ORDERS)).isZero();
        assertThat(log.read(ORDERS, 0, ALL, 10, BYTES).settledThrough()).isEqualTo(4);
        assertThat(log.settled(ORDERS)).isEqualTo(4);
    }

    @Test
    void aSequenceThatBreaksTheConditionsStopsSettlingAndSaysWhy() throws SQLException {
        rolledBack("x");
        publish("a");
        db.execute("alter sequence postevent.orders_idn_seq cache 10");
        assertThat(log.read(ORDERS, 0, ALL, 10, BYTES).blocker()).contains("CACHE 1");
        db.execute(
                "alter sequence postevent.orders_idn_seq cache 1",
                "alter table postevent.orders alter column idn set generated by default");
        assertThat(log.read(ORDERS, 0, ALL, 10, BYTES).blocker()).contains("GENERATED ALWAYS");
        assertThat(db.number("select count(*) from postevent.orders")).isEqualTo(1);
        db.execute("alter table postevent.orders alter column idn set generated always");
        assertThat(log.read(ORDERS, 0, ALL, 10, BYTES).settledThrough()).isEqualTo(2);
    }

    @Test
    void theOriginTellsOneTableFromAnother() {
        Origin origin = log.origin(ORDERS);
        assertThat(origin.system()).isEqualTo(db.text("select system_identifier from pg_control_system()"));
        assertThat(origin.timeline()).isEqualTo(1);
        assertThat(origin).isEqualTo(log.origin(ORDERS));
        db.execute("alter table postevent.orders rename to old", "create table postevent.orders(like postevent.old)");
        assertThat(log.origin(ORDERS).table()).isNotEqualTo(origin.table());
    }

    @Test
    void answersOnlyWithWhatIsFlushed() throws SQLException {
        publish("never read, so that no read has to record what is settled, which would flush");
        for (int i = 1; i < 20; i++) {
            String written;
            try (Connection connection = db.dataSource().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("set synchronous_commit = off");
                insert(connection, "e" + i);
                written = text(statement, "select pg_current_wal_insert_lsn()");
            }
            assertThat(log.read(ORDERS, i, ALL, 10, BYTES).entries()).hasSize(1);
            assertThat(db.text("select pg_current_wal_flush_lsn() >= '" + written + "'"))
                    .isEqualTo("t");
        }
    }

    @Test
    void walOfAnOpenTransactionDoesNotHoldUpReaders() throws SQLException {
        publish("a");
        Connection writer = begin("writer");
        try (Statement statement = writer.createStatement()) {
            statement.execute("create table unfinished as select * from generate_series(1, 3)");
        }
        long start = System.nanoTime();
        assertThat(log.read(ORDERS, 0, ALL, 10, BYTES).settledThrough()).isEqualTo(1);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
    }

    @Test
    void theConnectionIsGivenBackAsItWas() throws SQLException {
        rolledBack("x");
        publish("a");
        try (Connection connection = db.dataSource().getConnection()) {
            connection.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
            connection.setAutoCommit(false);
            JdbcEventLog pooled = new JdbcEventLog(HookedDataSource.single(connection), Duration.ZERO);
            assertThat(pooled.read(ORDERS, 0, ALL, 10, BYTES).settledThrough()).isEqualTo(2);
            assertThat(connection.getAutoCommit()).isFalse();
            assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_SERIALIZABLE);
        }
    }

    @Test
    void whatIsMissingOrNotAllowedIsNamed() {
        assertThatThrownBy(() -> log.read(new TopicName("nowhere"), 0, ALL, 10, BYTES))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV31041")
                .hasMessageContaining("nowhere");
        String role = db.name() + "_nobody";
        db.execute("create role " + role + " login password 'x'");
        PGSimpleDataSource restricted = db.dataSource();
        restricted.setUser(role);
        assertThatThrownBy(() -> new JdbcEventLog(restricted, Duration.ZERO).head(ORDERS))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV31042");
        PGSimpleDataSource nowhere = new PGSimpleDataSource();
        nowhere.setPortNumbers(new int[] {1});
        assertThatThrownBy(() -> new JdbcEventLog(nowhere, Duration.ZERO).head(ORDERS))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV31040")
                .hasMessageContaining("orders");
    }

    @Test
    void boundsOfTheArgumentsAreChecked() {
        assertThatThrownBy(() -> log.read(ORDERS, -1, ALL, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.read(ORDERS, 0, ALL, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.read(ORDERS, 0, ALL, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatCode(() -> log.read(ORDERS, ALL, ALL, Integer.MAX_VALUE, ALL)).doesNotThrowAnyException();
    }

    private Connection begin(String application) throws SQLException {
        PGSimpleDataSource source = db.dataSource();
        source.setApplicationName(application);
        Connection connection = source.getConnection();
        connection.setAutoCommit(false);
        open.add(connection);
        return connection;
    }

    private void publish(String... ids) throws SQLException {
        try (Connection connection = db.dataSource().getConnection()) {
            for (String id : ids) {
                insert(connection, id);
            }
        }
    }

    private void rolledBack(String id) throws SQLException {
        try (Connection connection = db.dataSource().getConnection()) {
            connection.setAutoCommit(false);
            insert(connection, id);
            connection.rollback();
        }
    }

    private void prepared(String gid, String id) throws SQLException {
        try (Connection connection = db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("begin");
            insert(connection, id);
            statement.execute("prepare transaction '" + gid.replace("'", "''") + "'");
        }
    }

    private static void insert(Connection connection, String id) {
        Inserts.insert(connection, ORDERS, List.of(LogEntry.of(0, event(id, null))));
    }

    private void publishData(String id, byte[] data) throws SQLException {
        try (Connection connection = db.dataSource().getConnection()) {
            Inserts.insert(
                    connection,
                    ORDERS,
                    List.of(LogEntry.of(
                            0,
                            CloudEventBuilder.v1()
                                    .withId(id)
                                    .withSource(URI.create("/test"))
                                    .withType("t")
                                    .withData(data)
                                    .build())));
        }
    }

    private static void commit(Connection connection) {
        try {
            connection.commit();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String text(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static List<Long> positions(Range range) {
        return range.entries().stream().map(LogEntry::position).toList();
    }
}
