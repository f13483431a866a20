package dev.postevent.internal.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.flow.EventSearch;
import dev.postevent.internal.flow.EventSearch.Found;
import dev.postevent.internal.flow.EventSearch.Page;
import dev.postevent.internal.flow.EventSearch.Stretch;
import dev.postevent.internal.flow.EventSearch.Wanted;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What looking for events finds, page by page, and how much of a table it reads for that. */
public abstract class EventSearchContract {
    protected static final TopicName ORDERS = new TopicName("orders");
    private static final TopicName INVOICES = new TopicName("invoices");
    private static final Wanted ANY = new Wanted(null, null, null, null, null, null);
    private static final long END = Long.MAX_VALUE;

    protected final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    protected EventSearch search;

    /** Over the database. */
    protected abstract EventSearch over(PostgresFixture.Db of);

    /** An INSERT of what a query returns: {@code idn, kind, id, source, type, subject, data, time}. */
    protected abstract String insert(TopicName topic, String query);

    @BeforeEach
    void tables() {
        Schema schema = new Schema(db.dataSource(), Schema.Mode.CREATE);
        schema.prepareOutbox(List.of(ORDERS, INVOICES));
        schema.prepareInbox();
        search = over(db);
    }

    /** Events at the positions 1 to {@code count}; each seventh is void. */
    private void fill(long count) {
        String rows = "select g, case when g % 7 = 0 then 'v' else 'e' end::\"char\","
                + " case when g % 7 = 0 then 'void-' else '${prefix}' end || g,"
                + " case when g % 7 = 0 then 'urn:postevent:void' else 'urn:' || g % 3 end, 't' || g % 4,"
                + " case when g % 5 > 0 then 's' || g % 5 end, convert_to(repeat('x', (g % 100)::int), 'UTF8'),"
                + " case when g % 2 = 0 then timestamptz '2026-01-01 00:00:00+00' + g * interval '1 second' end"
                + " from generate_series(1, " + count + ") g";
        db.execute(
                insert(ORDERS, rows.replace("${prefix}", "e")),
                insert(INVOICES, rows.replace("${prefix}", "other")),
                "vacuum analyze");
    }

    private static Wanted id(String id) {
        return new Wanted(id, null, null, null, null, null);
    }

    private static List<Long> positions(Page page) {
        return page.found().stream().map(found -> found.entry().position()).toList();
    }

    private Page find(Wanted wanted, long before, int limit) {
        return search.find(ORDERS, wanted, new Stretch(1, before, limit));
    }

    /** All pages. */
    private List<Long> all(Wanted wanted, int limit) {
        List<Long> all = new ArrayList<>();
        OptionalLong next = OptionalLong.of(END);
        while (next.isPresent()) {
            long before = next.getAsLong();
            Page page = find(wanted, before, limit);
            assertThat(page.found()).hasSizeLessThanOrEqualTo(limit);
            assertThat(positions(page)).allMatch(position -> position < before);
            all.addAll(positions(page));
            next = page.next();
            assertThat(next.orElse(0)).isLessThan(before);
        }
        return all;
    }

    private static List<Long> expected(long count, java.util.function.LongPredicate matches) {
        return LongStream.rangeClosed(1, count)
                .map(i -> count + 1 - i)
                .filter(position -> position % 7 != 0)
                .filter(matches)
                .boxed()
                .toList();
    }

    @Test
    void pagesHaveEachEventOnceTheNewestFirstAndNoVoid() {
        fill(100);
        assertThat(all(ANY, 10)).isEqualTo(expected(100, position -> true));
        assertThat(all(ANY, 1)).isEqualTo(expected(100, position -> true));
        assertThat(find(ANY, END, 1_000).next()).isEmpty();
        assertThat(positions(find(ANY, 41, 3))).containsExactly(40L, 39L, 38L);
        assertThat(positions(search.find(ORDERS, ANY, new Stretch(39, 41, 10)))).containsExactly(40L, 39L);
        assertThat(search.find(ORDERS, ANY, new Stretch(101, END, 10)).found()).isEmpty();
    }

    @Test
    void anEmptyTopicHasNone() {
        Page page = find(ANY, END, 10);
        assertThat(page.found()).isEmpty();
        assertThat(page.next()).isEmpty();
        assertThat(find(id("e1"), END, 10).found()).isEmpty();
        assertThat(search.at(ORDERS, 1)).isNull();
    }

    @Test
    void eachConditionHolds() {
        fill(200);
        assertThat(all(new Wanted(null, null, "s2", null, null, null), 7)).isEqualTo(expected(200, p -> p % 5 == 2));
        assertThat(all(new Wanted(null, null, null, "t3", null, null), 7)).isEqualTo(expected(200, p -> p % 4 == 3));
        assertThat(all(new Wanted(null, "urn:1", null, null, null, null), 7)).isEqualTo(expected(200, p -> p % 3 == 1));
        assertThat(all(new Wanted(null, "urn:1", "s2", "t3", null, null), 7))
                .isEqualTo(expected(200, p -> p % 3 == 1 && p % 5 == 2 && p % 4 == 3));
        Instant start = Instant.parse("2026-01-01T00:00:00Z");
        assertThat(all(new Wanted(null, null, null, null, start.plusSeconds(50), start.plusSeconds(60)), 7))
                .as("after and through, and only what has a time")
                .isEqualTo(expected(200, p -> p > 50 && p <= 60 && p % 2 == 0));
        assertThat(all(id("e100"), 7)).containsExactly(100L);
        assertThat(all(new Wanted("e100", "urn:2", null, null, null, null), 7)).isEmpty();
        assertThat(all(new Wanted("e100", null, "s1", null, null, null), 7)).isEmpty();
        assertThat(search.find(ORDERS, id("e100"), new Stretch(101, END, 7)).found())
                .isEmpty();
        assertThat(all(id("void-7"), 7)).isEmpty();
    }

    /** Whatever is looked for, and though it is far away. */
    @Test
    void oneCallLooksAtABoundedNumberOfRowsAndSaysWhereToGoOn() {
        fill(45_000);
        db.execute(insert(
                ORDERS, "select 45001, 'e'::\"char\", 'last', 'urn:1', 'rare', null, null::bytea, null::timestamptz"));
        Wanted rare = new Wanted(null, null, null, "rare", null, null);
        Page first = find(rare, 45_001, 10);
        assertThat(first.found()).isEmpty();
        assertThat(first.next()).hasValue(45_001 - EventSearchStore.ROWS_MAX);
        Page second = find(rare, first.next().getAsLong(), 10);
        assertThat(second.next()).hasValue(45_001 - 2 * EventSearchStore.ROWS_MAX);
        assertThat(find(rare, second.next().getAsLong(), 10).next()).isEmpty();
        assertThat(positions(find(rare, END, 10))).containsExactly(45_001L);
        assertThat(sequentiallyRead()).isZero();
    }

    /** As far as ended sessions have told the server. */
    private long sequentiallyRead() {
        org.awaitility.Awaitility.await()
                .until(() -> db.number("select count(*) from pg_stat_activity where datname = current_database()"
                                + " and backend_type = 'client backend' and pid <> pg_backend_pid()")
                        == 0);
        return db.number("select sum(seq_tup_read) from pg_stat_user_tables where n_live_tup > 40000");
    }

    @Test
    void aPageOfLargeAttributesIsShort() {
        db.execute(insert(
                ORDERS,
                "select g, 'e'::\"char\", 'e' || g, 's', 't', repeat('x', 1000000), null::bytea, null::timestamptz"
                        + " from generate_series(1, 20) g"));
        Page page = find(ANY, END, 100);
        assertThat(page.found()).hasSize(9);
        assertThat(page.next()).hasValue(12);
        assertThat(all(ANY, 100))
                .isEqualTo(
                        LongStream.rangeClosed(1, 20).map(i -> 21 - i).boxed().toList());
    }

    @Test
    void aListTellsTheSizeAndOneEventHasAllOfIt() {
        fill(10);
        Found listed = find(ANY, 6, 1).found().get(0);
        assertThat(listed.dataBytes()).isEqualTo(5);
        assertThat(listed.entry().data()).isNull();
        Found whole = at(5);
        assertThat(whole.entry().data()).hasSize(5);
        assertThat(whole.dataBytes()).isEqualTo(5);
        assertThat(whole.entry().id() + " " + whole.entry().source() + " "
                        + whole.entry().type())
                .isEqualTo("e5 urn:2 t1");
        assertThat(search.at(ORDERS, 7)).as("void").isNull();
        assertThat(search.at(ORDERS, 11)).as("not there").isNull();
        assertThat(search.at(INVOICES, 5))
                .extracting(found -> found.entry().id())
                .isEqualTo("other5");
        db.execute(insert(ORDERS, "select 11, 'e'::\"char\", 'bare', 's', 't', null, null::bytea, null::timestamptz"));
        assertThat(at(11).dataBytes()).isEqualTo(-1);
    }

    private Found at(long position) {
        @Nullable Found found = search.at(ORDERS, position);
        assertThat(found).isNotNull();
        return found;
    }

    @Test
    void whatIsNotCommittedIsNotThere() throws SQLException {
        fill(10);
        try (Connection open = db.dataSource().getConnection();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute(
                    insert(ORDERS, "select 12, 'e'::\"char\", 'open', 's', 't', null, null::bytea, null::timestamptz"));
            assertThat(positions(find(ANY, END, 1))).containsExactly(10L);
            assertThat(search.at(ORDERS, 12)).isNull();
            assertThat(all(id("open"), 7)).isEmpty();
            open.commit();
        }
        assertThat(all(id("open"), 7)).containsExactly(12L);
    }
}
