package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.postevent.PosteventException;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.eventlog.RemoteConsumers;
import dev.postevent.internal.schema.ApplicationStore;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** What each role of the script may not do. That an application works with them, its tests show when run with {@code test.roles}. */
class LeastPrivilegeIT {
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String CONSUMER_OF_ANOTHER = "PEV03";
    private static final String QUERY_CANCELED = "57014";
    private static final TopicName ORDERS = new TopicName("orders");

    private static final PostgresFixture.Db OF_ALL_TESTS =
            PostgresFixture.shared().newDatabase();
    private static int applications;

    private PostgresFixture.Db db = OF_ALL_TESTS;
    private LeastPrivilege logins = new LeastPrivilege(db);

    /** With an application of another login, which has rows of all kinds. */
    @BeforeAll
    static void prepare() {
        new LeastPrivilege(OF_ALL_TESTS).prepare("roles_" + OF_ALL_TESTS.name());
        String another = OF_ALL_TESTS.name() + "_another";
        OF_ALL_TESTS.execute("create role " + another, claimed("theirs", another), applicationRows("theirs"));
    }

    private void withANewDatabase() {
        db = PostgresFixture.shared().newDatabase();
        logins = new LeastPrivilege(db);
        logins.prepare("roles_" + db.name());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                postevent_publisher   | insert into postevent.orders (idn, id, source, type) overriding system value values (7, 'a', 's', 't')
                postevent_publisher   | insert into postevent.orders (kind, id, source, type) values ('v', 'a', 's', 't')
                postevent_publisher   | delete from postevent.orders
                postevent_publisher   | update postevent.orders set type = 'other'
                postevent_publisher   | truncate postevent.orders
                postevent_publisher   | select data from postevent.orders
                postevent_publisher   | alter sequence postevent.orders_idn_seq cache 50
                postevent_publisher   | select setval('postevent.orders_idn_seq', 1)
                postevent_publisher   | update postevent_internal.settled set settled = 1000
                postevent_publisher   | select * from postevent_inbox.messages
                postevent_sealer      | insert into postevent.orders (id, source, type, data) values ('a', 's', 't', 'x')
                postevent_sealer      | delete from postevent.orders
                postevent_sealer      | update postevent.orders set kind = 'v'
                postevent_sealer      | select * from postevent_inbox.messages
                postevent_sealer      | insert into postevent.orders (idn, kind, id, source, type) overriding system value values (7, 'e', 'a', 's', 't')
                postevent_sealer      | insert into postevent.orders (idn, kind, id, source, type) overriding system value values (7, 'v', 'a', 's', 't')
                postevent_sealer      | insert into postevent_internal.settled (topic, settled, gone) values ('orders', 1000, 1000)
                postevent_sealer      | update postevent_internal.settled set settled = 1000
                postevent_sealer      | update postevent_internal.settled set gone = settled
                postevent_sealer      | insert into postevent_internal.consumer (topic, consumer, mark) values ('orders', 'cert:a/b', 1000)
                postevent_sealer      | update postevent_internal.consumer set mark = 1000
                postevent_sealer      | delete from postevent_internal.consumer
                postevent_publisher   | select postevent_internal.seal('orders', array[1])
                postevent_publisher   | select postevent_internal.raise_settled('orders', 0, 1)
                postevent_publisher   | select postevent_internal.touch('orders')
                postevent_publisher   | select postevent_internal.report_mark('orders', 'cert:a', 'b', 0, 10)
                postevent_consumer    | select postevent_internal.seal('orders', array[1])
                postevent_consumer    | update postevent_inbox.messages set data = null
                postevent_consumer    | delete from postevent_inbox.messages
                postevent_consumer    | truncate postevent_inbox.messages
                postevent_consumer    | delete from postevent_inbox.high_water_mark
                postevent_consumer    | delete from postevent_inbox.origin
                postevent_consumer    | delete from postevent_inbox.lane
                postevent_consumer    | insert into postevent_inbox.application (name, login) values ('theirs', 'somebody')
                postevent_consumer    | update postevent_inbox.application set login = current_user
                postevent_consumer    | delete from postevent_inbox.application
                postevent_consumer    | alter table postevent_inbox.lane disable row level security
                postevent_consumer    | update postevent_inbox.lane set application = 'theirs'
                postevent_consumer    | update postevent_inbox.lane set login = null
                postevent_consumer    | insert into postevent_inbox.lane (application, subscription, lane, login) values ('own', 'mine', 1, null)
                postevent_consumer    | insert into postevent_inbox.subscription (application, name, topic, lanes) values ('theirs', 't', 'orders', 1)
                postevent_consumer    | insert into postevent_inbox.lane (application, subscription, lane) values ('theirs', 's', 1)
                postevent_consumer    | insert into postevent_inbox.lease (application, subscription, lane, epoch, expires) values ('theirs', 's', 1, 9, now())
                postevent_consumer    | insert into postevent_inbox.held_event (application, subscription, idn, lane, state) values ('theirs', 's', 2, 0, 'parked')
                postevent_consumer    | insert into postevent_inbox.attempt (application, subscription, idn, place, nth, number, failed_at, node, took_micros, cause) values ('theirs', 's', 1, 1, 2, 2, now(), 'n', 1, 'c')
                postevent_consumer    | insert into postevent_inbox.member (application, subscription, node, expires) values ('theirs', 's', 'm', now())
                postevent_consumer    | insert into postevent_inbox.direct_reader (application, topic, node) values ('theirs', 'orders', 'm')
                postevent_consumer    | insert into postevent_inbox.member (application, subscription, node, expires) values ('theirs', 's', 'n', now()) on conflict (application, subscription, node) do update set expires = excluded.expires
                postevent_consumer    | insert into postevent_inbox.subscription (application, name, topic, lanes) values ('nobodys', 's', 'orders', 1)
                postevent_consumer    | update postevent_inbox.subscription set application = 'theirs' where application = 'own'
                postevent_consumer    | update postevent_inbox.lane set application = 'theirs' where application = 'own'
                postevent_consumer    | update postevent_inbox.lease set application = 'theirs' where application = 'own'
                postevent_consumer    | update postevent_inbox.held_event set application = 'theirs' where application = 'own'
                postevent_consumer    | update postevent_inbox.attempt set application = 'theirs' where application = 'own'
                postevent_consumer    | delete from postevent_inbox.attempt
                postevent_consumer    | update postevent_inbox.member set application = 'theirs' where application = 'own'
                postevent_consumer    | update postevent_inbox.direct_reader set application = 'theirs' where application = 'own'
                postevent_consumer    | update postevent_inbox.subscription set application = '' where application = 'own'
                postevent_sealer      | select * from postevent_internal.known('orders')
                postevent_sealer      | update postevent_internal.consumer_limit set per_login = 1000000
                postevent_sealer      | select setval('postevent_internal.flushed', 7)
                postevent_publisher   | select * from postevent_internal.holders('orders')
                postevent_consumer    | select * from postevent_internal.holders('orders')
                postevent_consumer    | select id from postevent.orders
                postevent_consumer    | insert into postevent.orders (id, source, type) values ('a', 's', 't')
                postevent_consumer    | drop table postevent_inbox.messages
                postevent_replication | select id from postevent.orders
                postevent_replication | select * from postevent_inbox.messages
                """)
    void isRefused(String role, String sql) throws SQLException {
        isRefusedWith(INSUFFICIENT_PRIVILEGE, role, sql);
    }

    /** What a login may call, but not with that: 42501 would say that it may not call it. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                PEV01 | postevent_sealer | select postevent_internal.report_mark('orders', 'cert:a', 'b/c', 0, 10)
                PEV01 | postevent_sealer | select postevent_internal.report_mark('orders', 'cert:a', '', 0, 10)
                PEV01 | postevent_sealer | select postevent_internal.report_mark('orders', '', 'b', 0, 10)
                PEV01 | postevent_sealer | select postevent_internal.report_mark('orders', null, 'b', 0, 10)
                PEV01 | postevent_sealer | select postevent_internal.report_mark('orders', repeat('x', 2000), 'b', 0, 10)
                PEV02 | postevent_sealer | select postevent_internal.report_mark('orders', 'cert:a', 'b', 1000, 10)
                PEV02 | postevent_sealer | select postevent_internal.report_mark('orders', 'cert:a', 'b', -1, 10)
                PEV02 | postevent_sealer | select postevent_internal.report_mark('orders', 'cert:a', 'b', null, 10)
                PEV04 | postevent_sealer | select postevent_internal.seal('orders', array[7])
                PEV04 | postevent_sealer | select postevent_internal.seal('orders', array[0])
                PEV04 | postevent_sealer | select postevent_internal.seal('orders', array[null::bigint])
                """)
    void isRefusedWith(String state, String role, String sql) throws SQLException {
        try (Connection connection = db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(claimed("own", "postevent_consumer"));
            statement.execute(applicationRows("own").replace("'s'", "'mine'"));
            statement.execute("set role " + role);
            assertRefused(statement, state, sql);
        }
    }

    @Test
    void theScriptIsRunByAnOwnerWhoIsNoSuperuser() {
        assertThat(logins.asOwner()
                        .text("select rolsuper or rolreplication or rolbypassrls from pg_roles"
                                + " where rolname = current_user"))
                .isEqualTo("f");
        assertThat(db.text("select tableowner from pg_tables where schemaname = 'postevent' and tablename = 'orders'"))
                .isEqualTo(logins.asOwner().user());
    }

    /** Before, every login that seals had the statements of the whole cluster's sessions before its eyes. */
    @Test
    void nobodyGetsToSeeWhatOthersSessionsDo() {
        assertThat(logins.asPublisher()
                        .text("select query from pg_stat_activity where usename <> current_user limit 1"))
                .isEqualTo("<insufficient privilege>");
        assertThat(db.text("select string_agg(r.rolname, ', ') from pg_roles r where r.rolname like 'postevent\\_%'"
                        + " and pg_has_role(r.oid, 'pg_read_all_stats', 'member')"))
                .isNull();
    }

    @Test
    void whoHoldsAPositionIsNamedWithoutMoreThanThat() throws SQLException {
        withANewDatabase();
        String others = db.name() + "_others";
        db.execute("create role " + others + " login password 'x' in role postevent_publisher");
        PGSimpleDataSource source = db.dataSource();
        source.setUser(others);
        source.setApplicationName("another application");
        try (Connection open = source.getConnection();
                Statement insert = open.createStatement()) {
            open.setAutoCommit(false);
            insert.execute("insert into postevent.orders (id, source, type) values ('a', 's', 't')");
            db.execute("insert into postevent.orders (id, source, type) values ('b', 's', 't')");
            JdbcEventLog log = new JdbcEventLog(logins.asPublisher().dataSource(), Duration.ZERO);

            assertThat(log.read(ORDERS, 0, 10, 10, 1000).blocker())
                    .as("as seen by an owner with no further right")
                    .matches("pid \\d+ \\(application 'another application'\\)");

            String owner = logins.asOwner().user();
            db.execute("grant pg_read_all_stats to " + owner);
            try {
                assertThat(log.read(ORDERS, 0, 10, 10, 1000).blocker())
                        .matches("pid \\d+ \\(application 'another application'\\) idle in transaction since 20.*");
                nobodyGetsToSeeWhatOthersSessionsDo();
            } finally {
                db.execute("revoke pg_read_all_stats from " + owner);
            }
        }
    }

    @Test
    void theScriptMayBeRunAgain() {
        logins.prepare("roles_" + db.name());
        assertThat(db.number("select count(*) from pg_roles where rolname like 'postevent\\_%' and rolcanlogin"))
                .as("roles that may log in by themselves")
                .isZero();
    }

    /** All may call functions unless somebody takes that from them, as is done where rights are few. */
    @Test
    void whoPublishesMayCallWhatATableAsksOfEachRow() {
        withANewDatabase();
        db.execute("revoke execute on all functions in schema postevent_internal from public");
        logins.asPublisher().execute("insert into postevent.orders (id, source, type) values ('a', 's', 't')");
        assertThat(db.number("select count(*) from postevent.orders")).isEqualTo(1);
    }

    @Test
    void aPositionIsSealedBelowTheLastRowAndOnlyWhereNothingIs() {
        withANewDatabase();
        PostgresFixture.Db sealer = logins.asPublisher();
        rows("a", "", "c");
        assertThat(sealer.number("select postevent_internal.seal('orders', array[1, 2, 3])"))
                .isEqualTo(1);
        assertThat(db.text("select string_agg(idn || kind::text || id, ' ' order by idn) from postevent.orders"))
                .isEqualTo("1ea 2vvoid-2 3ec");
        assertRefused(sealer, "PEV04", "select postevent_internal.seal('orders', array[2, 4])");
    }

    @Test
    void settledIsRaisedOverRowsOnlyAndNeverLowered() {
        withANewDatabase();
        PostgresFixture.Db sealer = logins.asPublisher();
        rows("a", "b", "", "d");
        for (String refused : List.of("0, 1000", "0, 4", "0, 3", "1, 2")) {
            assertThat(sealer.text("select postevent_internal.raise_settled('orders', " + refused + ")"))
                    .as(refused)
                    .isEqualTo("f");
        }
        assertThat(sealer.text("select postevent_internal.raise_settled('orders', 0, 2)"))
                .isEqualTo("t");
        assertThat(sealer.text("select postevent_internal.raise_settled('orders', 0, 1)"))
                .isEqualTo("f");
        sealer.execute("select postevent_internal.touch('orders')");
        assertThat(db.text("select settled || ' ' || gone from postevent_internal.settled"))
                .isEqualTo("2 0");
    }

    @Test
    void aMarkIsReportedByTheLoginThatDidSoFirst() {
        withANewDatabase();
        PostgresFixture.Db first = logins.asPublisher();
        PostgresFixture.Db second = login("second", "postevent_sealer");
        rows("a", "b");
        String report = "select postevent_internal.report_mark('orders', 'cert:a', '%s', %d, 2)";
        assertThat(first.text(report.formatted("n", 2))).isEqualTo("t");
        assertThat(first.text(report.formatted("n", 1)))
                .as("back to the history")
                .isEqualTo("t");
        assertRefused(second, CONSUMER_OF_ANOTHER, report.formatted("n", 2));
        assertThat(second.text(report.formatted("m", 2))).isEqualTo("t");
        assertThat(second.text(report.formatted("o", 2))).as("a third name").isEqualTo("f");
        assertThat(db.text("select string_agg(consumer || '=' || mark, ' ' order by consumer)"
                        + " from postevent_internal.consumer"))
                .isEqualTo("cert:a/m=2 cert:a/n=1");

        db.execute("grant " + first.user() + " to " + second.user());
        assertThat(second.text(report.formatted("n", 2)))
                .as("of that role, too")
                .isEqualTo("t");
        assertRefused(first, CONSUMER_OF_ANOTHER, report.formatted("n", 1));
        assertThat(logins.asOwner().text(report.formatted("n", 1)))
                .as("the owner")
                .isEqualTo("t");
    }

    @Test
    void howManyConsumersALoginNamesIsTheOwnersToSay() {
        withANewDatabase();
        PostgresFixture.Db sealer = logins.asPublisher();
        rows("a");
        logins.asOwner().execute("update postevent_internal.consumer_limit set per_login = 2");
        String report = "select postevent_internal.report_mark('orders', '%s', 'n', 1, 1000000)";
        for (String principal : List.of("cert:a", "cert:b", "cert:a")) {
            assertThat(sealer.text(report.formatted(principal))).as(principal).isEqualTo("t");
        }
        assertThat(sealer.text(report.formatted("cert:c"))).isEqualTo("f");
        assertThat(login("second", "postevent_sealer").text(report.formatted("cert:c")))
                .as("of another login")
                .isEqualTo("t");
    }

    /** Whose it is, is decided by whoever has the row, and not by what was there before. */
    @Test
    void ofTwoLoginsThatReportTheSameConsumerAtOnceOneIsRefused() throws Exception {
        withANewDatabase();
        PostgresFixture.Db second = login("second", "postevent_sealer");
        rows("a", "b");
        String report = "select postevent_internal.report_mark('orders', 'cert:a', 'n', %d, 2)";
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (Connection first = logins.asPublisher().dataSource().getConnection();
                Statement statement = first.createStatement()) {
            first.setAutoCommit(false);
            statement.execute(report.formatted(1));
            Future<?> refused = thread.submit(() -> assertRefused(second, CONSUMER_OF_ANOTHER, report.formatted(2)));
            await().until(() -> db.number("select count(*) from pg_stat_activity where datname = current_database()"
                            + " and wait_event_type = 'Lock'")
                    > 0);
            first.commit();
            refused.get(1, TimeUnit.MINUTES);
        } finally {
            thread.shutdownNow();
        }
        assertThat(db.text("select mark || reported_by from postevent_internal.consumer"))
                .isEqualTo("1" + logins.asPublisher().user());
    }

    /** Where nothing was settled before, there is no row to be locked, and another wait: for the row that is being inserted. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                false | select postevent_internal.touch('orders')
                true  | select postevent_internal.touch('orders')
                false | select postevent_internal.raise_settled('orders', 0, 2)
                true  | select postevent_internal.raise_settled('orders', 0, 2)
                false | select postevent_internal.report_mark('orders', 'cert:a', 'n', 1, 10)
                true  | select postevent_internal.report_mark('orders', 'cert:a', 'n', 1, 10)
                false | select postevent_internal.seal('orders', array[3])
                true  | select postevent_internal.seal('orders', array[3])
                """)
    void noTransactionThatALoginLeavesOpenKeepsAReadWaiting(boolean settledBefore, String sql) throws SQLException {
        withANewDatabase();
        rows("a", "b", "", "d");
        if (settledBefore) {
            db.execute("select postevent_internal.raise_settled('orders', 0, 1)");
        }
        PGSimpleDataSource limited = logins.asPublisher().dataSource();
        limited.setOptions("-c statement_timeout=10s");
        JdbcEventLog log = new JdbcEventLog(limited, Duration.ZERO);
        assertThat(log.settled(ORDERS)).isEqualTo(settledBefore ? 1 : 0);
        try (Connection open = login("another", "postevent_sealer").dataSource().getConnection();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute(sql);

            long read = log.read(ORDERS, 0, 10, 10, 1000).settledThrough();
            assertThat(read).isEqualTo(sql.contains("seal(") ? 2 : 4);
            if (sql.contains("raise_settled")) {
                assertThat(log.settled(ORDERS))
                        .as("the row is the other one's, and was left to it")
                        .isEqualTo(settledBefore ? 1 : 0);
            } else {
                assertThat(log.settled(ORDERS)).isEqualTo(read);
            }
            assertThat(new RemoteConsumers(limited).report("cert:a", "another", ORDERS, 1, 10))
                    .isTrue();
            open.rollback();
            db.execute("insert into postevent.orders (id, source, type) values ('e', 's', 't')");
            log.read(ORDERS, read, 10, 10, 1000);
            assertThat(log.settled(ORDERS))
                    .as("raised by the read that follows")
                    .isEqualTo(5);
        }
    }

    /** It is the function's own limit: without it the same call waits for as long as its session lets it. */
    @Test
    void whoRaisesWhatIsSettledWaitsNoLongerThanTheFunctionsLimit() throws SQLException {
        withANewDatabase();
        rows("a", "b", "c");
        db.execute("select postevent_internal.raise_settled('orders', 0, 1)");
        PostgresFixture.Db second = login("second", "postevent_sealer");
        try (Connection open = login("another", "postevent_sealer").dataSource().getConnection();
                Statement statement = open.createStatement();
                Connection waiting = second.dataSource().getConnection();
                Statement raise = waiting.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("select postevent_internal.raise_settled('orders', 1, 2)");

            raise.execute("set statement_timeout = '60s'");
            assertThat(raised(raise)).as("55P03 of the function ends in false").isFalse();

            db.execute("alter function postevent_internal.raise_settled(text, bigint, bigint) reset lock_timeout");
            raise.execute("set statement_timeout = '500ms'");
            assertRefused(raise, QUERY_CANCELED, "select postevent_internal.raise_settled('orders', 1, 3)");

            open.rollback();
            assertThat(raised(raise)).isTrue();
        }
    }

    private static boolean raised(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("select postevent_internal.raise_settled('orders', 1, 3)")) {
            row.next();
            return row.getBoolean(1);
        }
    }

    /** Before, an open report kept the other nodes of its source waiting without a limit. */
    @Test
    void aReportOfTheSameConsumerWaitsNoLongerThanItsLimit() throws SQLException {
        withANewDatabase();
        rows("a");
        PGSimpleDataSource limited = logins.asPublisher().dataSource();
        limited.setOptions("-c statement_timeout=20s");
        try (Connection open = logins.asPublisher().dataSource().getConnection();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("select postevent_internal.report_mark('orders', 'cert:a', 'n', 1, 10)");

            assertThatThrownBy(() -> new RemoteConsumers(limited).report("cert:a", "n", ORDERS, 1, 10))
                    .hasMessageContaining("PSTEV31040")
                    .hasMessageContaining("55P03");
        }
    }

    @Test
    void whoseConsumerItIsIsSaid() {
        withANewDatabase();
        rows("a");
        PostgresFixture.Db second = login("second", "postevent_sealer");
        assertThat(new RemoteConsumers(logins.asPublisher().dataSource()).report("cert:a", "n", ORDERS, 1, 10))
                .isTrue();

        assertThatThrownBy(() -> new RemoteConsumers(second.dataSource()).report("cert:a", "n", ORDERS, 1, 10))
                .hasMessageContaining("PSTEV31045")
                .hasMessageContaining("another login")
                .hasMessageContaining("reported_by");
        assertThatThrownBy(() -> new RemoteConsumers(second.dataSource()).report("cert:a", "n", ORDERS, 7, 10))
                .hasMessageContaining("PSTEV31046");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update postevent_inbox.subscription set paused = true",
                "delete from postevent_inbox.subscription",
                "update postevent_inbox.lane set cursor = 1000, owner = 'me'",
                "update postevent_inbox.lease set expires = 'infinity'",
                "update postevent_inbox.held_event set state = 'waiting'",
                "delete from postevent_inbox.held_event",
                "update postevent_inbox.attempt set cause = 'other'",
                "update postevent_inbox.member set expires = '-infinity'",
                "delete from postevent_inbox.member",
                "update postevent_inbox.direct_reader set since = '-infinity'",
                "delete from postevent_inbox.direct_reader"
            })
    void rowsOfAnotherApplicationAreLeftAsTheyAre(String sql) {
        String ours = "ours" + ++applications;
        String theirs = "theirs" + applications;
        PostgresFixture.Db us = logins.asConsumer();
        PostgresFixture.Db them = login(theirs, "postevent_consumer");
        new ApplicationStore(us.dataSource()).claim(ours);
        new ApplicationStore(them.dataSource()).claim(theirs);
        us.execute(applicationRows(ours));
        them.execute(applicationRows(theirs));
        String before = inbox(theirs);

        us.execute(sql);

        assertThat(inbox(theirs)).isEqualTo(before);
        assertThat(inbox(ours)).as("whose login it is").isNotEqualTo(before.replace(theirs, ours));
    }

    /** A stack tells more than a cause. */
    @Test
    void attemptsOfAnotherApplicationAreNotRead() {
        assertThat(db.number("select count(*) from postevent_inbox.attempt where application = 'theirs'"))
                .isEqualTo(1);
        assertThat(logins.asConsumer()
                        .number("select count(*) from postevent_inbox.attempt where application = 'theirs'"))
                .isZero();
    }

    /** As of the first of many that is not kept any more. */
    @Test
    void anAttemptTakesThePlaceOfAnotherOfOnesOwn() {
        String application = "places" + ++applications;
        PostgresFixture.Db us = logins.asConsumer();
        new ApplicationStore(us.dataSource()).claim(application);
        us.execute(
                applicationRows(application),
                "insert into postevent_inbox.attempt (application, subscription, idn, place, nth, number, failed_at, node,"
                        + " took_micros, cause) values ('" + application + "', 's', 1, 0, 7, 7, now(), 'n', 1, 'c')"
                        + " on conflict (application, subscription, idn, place) do update set nth = excluded.nth,"
                        + " number = excluded.number, failed_at = excluded.failed_at, node = excluded.node,"
                        + " took_micros = excluded.took_micros, cause = excluded.cause, stack = excluded.stack");
        assertThat(db.text("select string_agg(place || ' ' || nth, ';') from postevent_inbox.attempt"
                        + " where application = '" + application + "'"))
                .isEqualTo("0 7");
    }

    /** Its conditions come first, and keep an index from being used where another one is not leakproof. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                update postevent_inbox.lane set cursor = 7 where application = 'a' and subscription = 's' and lane = 7 | (lane = 7)
                update postevent_inbox.held_event set state = 'waiting' where application = 'a' and subscription = 's' and idn = 7 | (idn = 7)
                delete from postevent_inbox.held_event where application = 'a' and subscription = 's' and idn = 7 | (idn = 7)
                select nth from postevent_inbox.attempt where application = 'a' and subscription = 's' and idn = 7 | (idn = 7)
                """)
    void indexesAreUsedUnderRowSecurity(String sql, String condition) throws SQLException {
        try (Connection connection = logins.asConsumer().dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set enable_seqscan = off");
            StringBuilder plan = new StringBuilder();
            try (ResultSet row = statement.executeQuery("explain " + sql)) {
                while (row.next()) {
                    plan.append(row.getString(1)).append('\n');
                }
            }
            assertThat(plan.toString().lines().filter(line -> line.contains("Index Cond:")))
                    .as(plan.toString())
                    .anyMatch(line -> line.contains("(application = 'a'::text)") && line.contains(condition));
        }
    }

    @Test
    void anApplicationIsThatOfTheFirstLoginThatStartsIt() {
        PostgresFixture.Db second = login("second", "postevent_consumer");
        ApplicationStore first = new ApplicationStore(logins.asConsumer().dataSource());
        first.claim("shop");
        first.claim("shop");
        assertThatThrownBy(() -> new ApplicationStore(second.dataSource()).claim("shop"))
                .hasMessageContaining("PSTEV30009")
                .hasMessageContaining(logins.asConsumer().user())
                .hasMessageContaining(second.user());
        new ApplicationStore(logins.asOwner().dataSource()).claim("shop");
        new ApplicationStore(db.dataSource()).claim("shop");
        assertThat(db.text("select string_agg(name || ' ' || login, ', ') from postevent_inbox.application"
                        + " where name = 'shop'"))
                .as("owners and superusers leave no trace")
                .isEqualTo("shop " + logins.asConsumer().user());

        db.execute("grant " + logins.asConsumer().user() + " to " + second.user());
        new ApplicationStore(second.dataSource()).claim("shop");
    }

    @Test
    void theOwnerGivesAnApplicationToAnotherLogin() {
        PostgresFixture.Db first = logins.asConsumer();
        PostgresFixture.Db second = login("heir", "postevent_consumer");
        new ApplicationStore(first.dataSource()).claim("given");
        first.execute(applicationRows("given"));
        logins.asOwner().execute(claimed("given", second.user()));
        new ApplicationStore(second.dataSource()).claim("given");
        String before = inbox("given");

        first.execute("update postevent_inbox.lane set cursor = 7", "delete from postevent_inbox.held_event");
        assertThat(inbox("given")).isEqualTo(before);
        second.execute("update postevent_inbox.lane set cursor = 7");
        assertThat(inbox("given")).isNotEqualTo(before);
    }

    /** A name is what a dump takes along, and what a role that is made again has. */
    @Test
    void noColumnOfOursHoldsTheNumberOfARole() {
        assertThat(db.text("select string_agg(a.attrelid::regclass || '.' || a.attname, ', ') from pg_attribute a"
                        + " join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')"
                        + " where c.relnamespace::regnamespace::text like 'postevent%' and a.attnum > 0"
                        + " and format_type(a.atttypid, null) like 'reg%'"))
                .isNull();
    }

    @Test
    void aRoleThatWasDroppedAndMadeAgainHasItsLanes() {
        PostgresFixture.Db first = login("again", "postevent_consumer");
        new ApplicationStore(first.dataSource()).claim("again");
        first.execute(applicationRows("again"));
        db.execute("drop role " + first.user());
        login("again", "postevent_consumer");

        new ApplicationStore(first.dataSource()).claim("again");
        first.execute("update postevent_inbox.lane set cursor = 7 where application = 'again'");
        assertThat(db.number("select cursor from postevent_inbox.lane where application = 'again'"))
                .isEqualTo(7);
    }

    @Test
    void anApplicationWhoseRoleIsGoneSaysSo() {
        PostgresFixture.Db first = login("gone", "postevent_consumer");
        PostgresFixture.Db second = login("after", "postevent_consumer");
        new ApplicationStore(first.dataSource()).claim("left");
        first.execute(applicationRows("left"));
        db.execute("drop role " + first.user());
        ApplicationStore after = new ApplicationStore(second.dataSource());

        assertThatThrownBy(() -> after.claim("left"))
                .hasMessageContaining("PSTEV30010")
                .hasMessageContaining(first.user())
                .hasMessageContaining("does not have");
        String before = inbox("left");
        second.execute("update postevent_inbox.lane set cursor = 7", "update postevent_inbox.lease set epoch = 77");
        assertThat(inbox("left")).isEqualTo(before);
        logins.asOwner().execute(claimed("left", second.user()));
        after.claim("left");
        second.execute("update postevent_inbox.lane set cursor = 7");
        assertThat(inbox("left")).isNotEqualTo(before);
    }

    @Test
    void lanesThatHaveNotTheLoginOfTheirApplicationAreFound() {
        PostgresFixture.Db first = login("apart", "postevent_consumer");
        ApplicationStore store = new ApplicationStore(first.dataSource());
        store.claim("apart's");
        first.execute(applicationRows("apart''s"));
        for (String login : List.of("null", "'somebody'")) {
            db.execute(
                    "alter table postevent_inbox.lane disable trigger login",
                    "update postevent_inbox.lane set login = " + login + " where application = 'apart''s'",
                    "alter table postevent_inbox.lane enable trigger login");

            PosteventException fault = catchThrowableOfType(PosteventException.class, () -> store.claim("apart's"));

            assertThat(fault).hasMessageContaining("PSTEV30010");
            logins.asOwner().execute(fault.getMessage().replaceAll("(?s).*? run: (update .*)", "$1"));
            store.claim("apart's");
        }
    }

    private static String claimed(String application, String login) {
        return "insert into postevent_inbox.application (name, login) values ('" + application + "', '" + login
                + "') on conflict (name) do update set login = excluded.login";
    }

    private static String applicationRows(String application) {
        return """
                insert into postevent_inbox.subscription (application, name, topic, lanes) values ('theirs', 's', 'orders', 1);
                insert into postevent_inbox.lane (application, subscription, lane) values ('theirs', 's', 0);
                insert into postevent_inbox.lease (application, subscription, lane, epoch, expires) values ('theirs', 's', 0, 9, '2000-01-01');
                insert into postevent_inbox.held_event (application, subscription, idn, lane, state) values ('theirs', 's', 1, 0, 'parked');
                insert into postevent_inbox.attempt (application, subscription, idn, place, nth, number, failed_at, node, took_micros, cause) values ('theirs', 's', 1, 0, 1, 1, '2000-01-01', 'n', 1, 'c');
                insert into postevent_inbox.member (application, subscription, node, expires) values ('theirs', 's', 'n', '2000-01-01');
                insert into postevent_inbox.direct_reader (application, topic, node, since) values ('theirs', 'orders', 'n', '2000-01-01')
                """.replace("theirs", application);
    }

    /** All rows of an application, but when it was made. */
    private String inbox(String application) {
        return Stream.of("subscription", "lane", "lease", "held_event", "attempt", "member", "direct_reader")
                .map(table -> db.text("select string_agg((to_jsonb(t) - 'created_at')::text, ';') from postevent_inbox."
                        + table + " t where application = '" + application + "'"))
                .collect(Collectors.joining("\n"));
    }

    /** Events at the positions 1, 2, ...; empty: rolled back. */
    private void rows(String... ids) {
        for (String id : ids) {
            db.execute(
                    "begin",
                    "insert into postevent.orders (id, source, type) values ('" + id + "', 's', 't')",
                    id.isEmpty() ? "rollback" : "commit");
        }
    }

    private PostgresFixture.Db login(String name, String role) {
        String login = db.name() + "_" + name;
        db.execute("create role " + login + " login password '" + db.password() + "' in role " + role);
        return new PostgresFixture.Db(db.jdbcUrl(), login, db.password(), db.name());
    }

    private static void assertRefused(PostgresFixture.Db by, String state, String sql) {
        try (Connection connection = by.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            assertRefused(statement, state, sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void assertRefused(Statement statement, String state, String sql) {
        assertThatThrownBy(() -> statement.execute(sql))
                .isInstanceOfSatisfying(
                        SQLException.class,
                        e -> assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo(state));
    }
}
