package dev.postevent.internal.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.DivergedSourceException;
import dev.postevent.internal.flow.EntrySource.Ahead;
import dev.postevent.internal.flow.EntrySource.Place;
import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the inbox keeps, and how much of it a read gives at once. */
final class InboxIT {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final long ALL = Long.MAX_VALUE;

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final Inbox inbox = new Inbox(db.dataSource());

    @BeforeEach
    void prepare() {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareInbox();
    }

    private void store(int from, int through, UnaryOperator<LogEntry.Builder> more) {
        List<LogEntry> entries = new ArrayList<>();
        for (long position = from; position <= through; position++) {
            entries.add(more.apply(
                            LogEntry.at(position).id("e" + position).source("s").type("t"))
                    .build());
        }
        assertThat(inbox.store(ORDERS, entries, inbox.mark(ORDERS), through)).isTrue();
    }

    private List<Long> read(long after, long bytesMax) {
        return inbox.read(ORDERS, after, ALL, 100, bytesMax).entries().stream()
                .map(LogEntry::position)
                .toList();
    }

    @Test
    void aReadStopsAfterTheEntryThatPassesTheLimitOfDataAndAttributes() {
        String large = "x".repeat(100_000);
        store(1, 6, entry -> entry.data(new byte[100_000]));
        store(7, 12, entry -> entry.subject(large));
        store(13, 18, entry -> entry.dataschema(large));
        assertThat(read(0, 250_000)).containsExactly(1L, 2L, 3L);
        assertThat(read(6, 250_000)).containsExactly(7L, 8L, 9L);
        assertThat(read(12, 250_000)).containsExactly(13L, 14L, 15L);
        assertThat(read(6, 1)).containsExactly(7L);
        assertThat(read(0, 1L << 30)).hasSize(18);
    }

    @Test
    void extensionsCountForAtLeastWhatTheyAreEvenIfTheyArePackedTight() {
        store(1, 6, entry -> entry.extensions("{\"x\": \"" + "x".repeat(1_000_000) + "\"}"));
        assertThat(db.number("select max(pg_column_size(extensions)) from postevent_inbox.messages"))
                .as("packed")
                .isLessThan(50_000);
        assertThat(read(0, 2_500_000)).isNotEmpty().hasSizeLessThanOrEqualTo(3);
        assertThat(read(5, 1)).containsExactly(6L);
    }

    @Test
    void aTimeThatNobodyElseCouldHoldIsNoneAndHoldsNothingUp() {
        store(1, 1, entry -> entry.time(OffsetDateTime.MAX));
        store(2, 2, entry -> entry.time(OffsetDateTime.MIN));
        store(3, 3, entry -> entry.time(OffsetDateTime.parse("-4700-01-01T00:00:00Z")));
        store(4, 4, entry -> entry.time(OffsetDateTime.parse("+10000-01-01T00:00:00Z")));
        store(5, 5, entry -> entry.time(OffsetDateTime.parse("9999-12-31T23:59:59.999999Z")));
        store(6, 6, entry -> entry.time(OffsetDateTime.parse("0001-01-01T00:00:00Z")));
        assertThat(inbox.read(ORDERS, 0, ALL, 100, 1 << 20).entries().stream()
                        .map(entry -> String.valueOf(entry.time())))
                .containsExactly("null", "null", "null", "null", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00Z");
    }

    @Test
    void whatLiesBeforeSeveralSubscriptionsIsCountedOrSharedAmongTheirLanes() {
        store(1, 20, entry -> entry);
        db.execute(
                "update postevent_inbox.messages set stored_at = clock_timestamp() - interval '1 hour' where idn = 1");
        long[] cursors = {4, 9, 14};
        long counted = LongStream.rangeClosed(1, 20)
                .filter(position -> position > cursors[LogEntry.slot(position, null) % 3])
                .count();

        List<Ahead> told = inbox.ahead(
                List.of(
                        Place.of(ORDERS, new long[] {0}, 20),
                        Place.of(ORDERS, cursors, 20),
                        Place.of(ORDERS, new long[] {0, 10, 20}, 20)),
                16);

        assertThat(told).hasSize(3);
        assertThat(told.get(0).events() + " " + told.get(0).exact()).isEqualTo("20 false");
        assertThat(told.get(0).oldestSeconds()).isBetween(3_600.0, 4_000.0);
        assertThat(told.get(1).events() + " " + told.get(1).exact()).isEqualTo(counted + " true");
        assertThat(told.get(1).oldestSeconds()).isBetween(0.0, 400.0);
        assertThat(told.get(2).events() + " " + told.get(2).exact()).isEqualTo("10 false");
        assertThat(inbox.ahead(List.of(Place.of(ORDERS, new long[] {0}, 20)), 20)
                        .get(0)
                        .events())
                .isEqualTo(20);
        assertThat(inbox.marks(Set.of(ORDERS, new TopicName("others"))))
                .isEqualTo(Map.of(ORDERS, 20L, new TopicName("others"), 0L));
    }

    /** Such a row may be there from before it was refused. */
    @ParameterizedTest
    @ValueSource(strings = {"-infinity", "4700-01-01 00:00:00+00 BC", "infinity"})
    void aTimeThatIsDeliveredAsNoneIsNotSkimmedForBeingEarly(String strange) {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(ORDERS));
        db.execute(
                "drop trigger orders_event_check on postevent.orders",
                "insert into postevent.orders (id, source, type, time) values ('a', 's', 't', '2026-01-01 00:00:00+00'),"
                        + " ('b', 's', 't', '" + strange + "'), ('c', 's', 't', '2026-01-01 00:00:00+00')");
        Inbox direct = new Inbox(db.dataSource(), Set.of(ORDERS), Set.of(ORDERS));
        boolean unused = direct.begin(ORDERS, "app", "node");
        Instant noon = Instant.parse("2026-01-31T12:00:00Z");
        assertThat(direct.skim(ORDERS, 0, 3, noon, 100).through()).isEqualTo(1);
        assertThat(direct.skim(ORDERS, 2, 3, noon, 100).through()).isEqualTo(3);
    }

    @Test
    void whatBeganNowIsKnownWhateverApplicationItIs() {
        assertThat(inbox.kept(ORDERS, 0).begun()).isZero();
        db.execute(
                "insert into postevent_inbox.subscription (application, name, topic, lanes, begins, begins_after) values"
                        + " ('shop', 'a', 'orders', 1, 'now', 7), ('office', 'a', 'orders', 1, 'now', 20),"
                        + " ('shop', 'b', 'orders', 1, 'position', 90), ('shop', 'c', 'invoices', 1, 'now', 91)");
        assertThat(inbox.kept(ORDERS, 0).begun()).isEqualTo(20);
    }

    private static List<LogEntry> entries(String id, int from, int through) {
        List<LogEntry> entries = new ArrayList<>();
        for (long position = from; position <= through; position++) {
            entries.add(LogEntry.at(position)
                    .id(id + position)
                    .source("s")
                    .type("t")
                    .build());
        }
        return entries;
    }

    private String stored() {
        return db.text("select string_agg(id, ' ' order by idn) from postevent_inbox.messages") + " through "
                + inbox.mark(ORDERS).mark();
    }

    @Test
    void whatFollowsOnTheMarkIsStoredWithItAndOnce() {
        assertThat(inbox.store(ORDERS, entries("e", 1, 3), inbox.mark(ORDERS), 3))
                .isTrue();
        assertThat(stored()).isEqualTo("e1 e2 e3 through 3");
        InboxMark three = inbox.mark(ORDERS);
        assertThat(inbox.store(ORDERS, entries("e", 4, 5), three, 5)).isTrue();
        assertThat(inbox.store(ORDERS, entries("e", 4, 5), three, 5))
                .as("another node was faster")
                .isTrue();
        assertThat(inbox.store(ORDERS, entries("e", 4, 6), three, 6))
                .as("with what it had not")
                .isTrue();
        assertThat(stored()).isEqualTo("e1 e2 e3 e4 e5 e6 through 6");
    }

    @Test
    void whatCameEarlyIsPassedByWhatFollowsOnTheMark() {
        assertThat(inbox.store(ORDERS, entries("e", 2, 2), inbox.mark(ORDERS), 0))
                .isTrue();
        assertThat(inbox.store(ORDERS, entries("e", 1, 3), inbox.mark(ORDERS), 3))
                .isTrue();
        assertThat(stored()).isEqualTo("e1 e2 e3 through 3");
    }

    @Test
    void aDatabaseThatRefusesIsNamedWithItsSqlstate() {
        db.execute("drop schema postevent_inbox cascade");
        assertThatThrownBy(() -> inbox.mark(ORDERS)).hasMessageContainingAll("PSTEV33002", "SQLSTATE 42P01");
    }

    @Test
    void anotherSourceChangesNothing() {
        InboxMark begin = inbox.mark(ORDERS);
        assertThat(inbox.store(ORDERS, entries("e", 2, 2), begin, 0)).isTrue();
        assertThatThrownBy(() -> inbox.store(ORDERS, entries("other", 1, 3), begin, 3))
                .isInstanceOf(DivergedSourceException.class);
        assertThat(stored()).isEqualTo("e2 through 0");
    }

    @Test
    void anInboxWithLessThanIsKnownOrOfAnotherLifeIsLeftAsItIs() {
        InboxMark begin = inbox.mark(ORDERS);
        assertThat(inbox.store(ORDERS, entries("e", 6, 7), new InboxMark(5, begin.serverStart()), 7))
                .isFalse();
        assertThat(inbox.store(ORDERS, entries("e", 1, 2), new InboxMark(0, begin.serverStart() - 1), 2))
                .isFalse();
        assertThat(stored()).isEqualTo("null through 0");
    }

    /** G13: the statement that stores asks, wherever it stores. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatNoQueryShowsYetIsNotStored(boolean direct) throws SQLException {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(ORDERS));
        Inbox here = new Inbox(db.dataSource(), direct ? Set.of(ORDERS) : Set.of(), Set.of(ORDERS));
        boolean unused = here.begin(ORDERS, "app", "node");
        InboxMark none = here.mark(ORDERS);
        String tables = "pg_catalog.to_regclass('postevent.orders')::oid::text";
        String seen = db.text("select " + tables);
        List<LogEntry> entries = entries("e", 1, 2);
        try (Connection publisher = db.dataSource().getConnection()) {
            publisher.setAutoCommit(false);
            long writer = transaction(publisher);
            VisibilityCondition condition = new VisibilityCondition(List.of(3L, writer), tables, seen);

            assertThat(here.storeNext(ORDERS, entries, none, condition)).isFalse();
            assertThat(here.mark(ORDERS)).isEqualTo(none);
            publisher.commit();
            assertThat(here.storeNext(ORDERS, entries, none, new VisibilityCondition(List.of(writer), tables, "1")))
                    .as("of another table")
                    .isFalse();
            assertThat(inbox.storeNext(ORDERS, entries, none, condition))
                    .as("in another database")
                    .isFalse();
            assertThat(here.storeNext(ORDERS, entries("e", 2, 3), none, condition))
                    .as("over a gap")
                    .isFalse();
            assertThat(here.mark(ORDERS)).isEqualTo(none);

            assertThat(here.storeNext(ORDERS, entries, none, condition)).isTrue();
            assertThat(here.mark(ORDERS).mark()).isEqualTo(2);
            assertThat(db.number("select count(*) from postevent_inbox.messages"))
                    .isEqualTo(direct ? 0 : 2);
            VisibilityCondition next = new VisibilityCondition(List.of(transaction(publisher)), tables, seen);
            publisher.commit();
            assertThat(here.storeNext(ORDERS, entries("e", 3, 3), none, next))
                    .as("the mark is not where it is taken to be")
                    .isFalse();
        }
    }

    /** The fault has to stand: a mark that was moved over what is gone would be held against the new rows. */
    @Test
    void aTableThatWasEmptiedIsNotPassedBecauseItsNumbersGoOn() throws SQLException {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(ORDERS));
        Inbox here = new Inbox(db.dataSource(), Set.of(ORDERS), Set.of(ORDERS));
        boolean unused = here.begin(ORDERS, "app", "node");
        here.saveOrigin(ORDERS, Origin.of("s", 1, db.number("select 'postevent.orders'::regclass::oid::bigint")));
        VisibilityCondition holds = new VisibilityCondition(List.of(3L), "'the same'", "the same");
        insert(1);
        InboxMark none = here.mark(ORDERS);
        assertThat(here.storeNext(ORDERS, entries("e", 1, 1), none, holds)).isTrue();
        db.execute("delete from postevent.orders");
        insert(2);

        InboxMark one = new InboxMark(1, none.serverStart());
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> here.storeNext(ORDERS, entries("e", 2, 2), one, holds))
                    .isInstanceOf(DivergedSourceException.class);
            assertThatThrownBy(() -> here.store(ORDERS, entries("e", 2, 2), one, 2))
                    .isInstanceOf(DivergedSourceException.class);
        }
        assertThat(db.number("select mark from postevent_inbox.high_water_mark"))
                .isEqualTo(1);
    }

    private void insert(long position) {
        db.execute("insert into postevent.orders (idn, id, source, type) overriding system value values (" + position
                + ", 'e" + position + "', 's', 't')");
    }

    private static long transaction(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select pg_current_xact_id()::text::bigint")) {
            row.next();
            return row.getLong(1);
        }
    }
}
