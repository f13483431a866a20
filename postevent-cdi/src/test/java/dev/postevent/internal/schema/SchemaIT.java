package dev.postevent.internal.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.postevent.PosteventException;
import dev.postevent.TransientFailureException;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.schema.Schema.Mode;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.ds.PGSimpleDataSource;

/** Tables are made once, whoever comes first, checked where asked, and never touched without need. */
final class SchemaIT {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final TopicName SELECT = new TopicName("select");
    private static final List<TopicName> TOPICS = List.of(ORDERS, SELECT);
    /** All files there are. */
    private static final String NEWEST = Stream.of(
                    each("inbox", 16), each("outbox", 8), each("topic:orders", 6), each("topic:select", 6))
            .collect(Collectors.joining(", "));

    private static final String TOO_LARGE = "the columns of the event are larger than 14 MiB together";

    private PostgresFixture.Db db;

    @BeforeEach
    void open() {
        db = PostgresFixture.shared().newDatabase();
    }

    @Test
    void createMakesWhatIsMissingAndValidateThenAgrees() {
        schema(Mode.CREATE).prepareOutbox(List.of(ORDERS));
        schema(Mode.CREATE).prepareInbox();
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        assertThatCode(() -> schema(Mode.VALIDATE).prepareOutbox(TOPICS)).doesNotThrowAnyException();
        assertThatCode(() -> schema(Mode.VALIDATE).prepareInbox()).doesNotThrowAnyException();
        assertThat(versions()).isEqualTo(NEWEST);
    }

    @Test
    void theInboxMayComeFirst() {
        schema(Mode.CREATE).prepareInbox();
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        assertThat(versions()).isEqualTo(NEWEST);
    }

    /** As applications have them: a topic is often named after a table. */
    @Test
    void tablesOfTheSameNameInOtherSchemasAreNobodysBusiness() {
        db.execute(
                "create table orders (id bigint generated always as identity primary key, name text)",
                "create schema \"OTHER\"",
                "create table \"OTHER\".orders (id bigserial, idn text)",
                "insert into orders (name) select 'n' from generate_series(1, 5)",
                "analyze");
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        schema(Mode.VALIDATE).prepareOutbox(TOPICS);
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"CREATE", "VALIDATE"})
    void aSequenceThatWasNotCarriedOverIsFoundWithItsCure(Mode mode) {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        db.execute(
                "insert into postevent.orders (id, source, type) select 'e' || g, 's', 't' from generate_series(1, 7) g");
        db.execute("select setval('postevent.orders_idn_seq', 6)");

        PosteventException fault = catchThrowableOfType(
                PosteventException.class, () -> schema(mode).prepareOutbox(TOPICS));

        assertThat(fault).hasMessageContaining("PSTEV30008").hasMessageContaining("\"orders\" has come to position 7");
        db.execute(fault.getMessage().replaceAll("(?s).*?Run: (select .*)", "$1"));
        assertThatCode(() -> schema(mode).prepareOutbox(TOPICS)).doesNotThrowAnyException();
        db.execute("insert into postevent.orders (id, source, type) values ('e8', 's', 't')");
        assertThat(db.number("select max(idn) from postevent.orders")).isEqualTo(8);
    }

    @Test
    void theSequenceOfAnotherColumnIsNobodysBusiness() {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        db.execute(
                "alter table postevent.orders rename to former",
                "create table postevent.orders (mine bigserial, like postevent.former including all)",
                "drop table postevent.former",
                "insert into postevent.orders (id, source, type, mine) select 'e' || g, 's', 't', g from generate_series(1, 7) g");

        assertThatCode(() -> schema(Mode.VALIDATE).prepareOutbox(TOPICS)).doesNotThrowAnyException();
    }

    @Test
    void nodesThatStartAtOnceDoNotCollide() throws Exception {
        int nodes = 8;
        db.execute("alter database " + db.name() + " set default_transaction_isolation = 'repeatable read'");
        CyclicBarrier together = new CyclicBarrier(nodes);
        Queue<Set<TopicName>> told = new ConcurrentLinkedQueue<>();
        ExecutorService threads = Executors.newFixedThreadPool(nodes);
        try {
            List<Callable<Void>> starts = new ArrayList<>();
            for (int i = 0; i < nodes; i++) {
                boolean inboxFirst = i % 2 == 0;
                starts.add(() -> {
                    together.await(30, TimeUnit.SECONDS);
                    if (inboxFirst) {
                        schema(Mode.CREATE).prepareInbox();
                    }
                    schema(Mode.CREATE).prepareOutbox(TOPICS, told::add);
                    schema(Mode.CREATE).prepareInbox();
                    return null;
                });
            }
            for (Future<Void> start : threads.invokeAll(starts)) {
                start.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(versions()).isEqualTo(NEWEST);
        assertThat(told).as("one of them has made the topics").containsExactly(Set.of());
    }

    @Test
    void whoMadeATopicIsToldSoAlsoWhereAnotherIsAtFault() {
        List<Set<TopicName>> told = new ArrayList<>();
        schema(Mode.CREATE).prepareOutbox(List.of(ORDERS));
        db.execute(
                "insert into postevent.orders (id, source, type) values ('e', 's', 't')",
                "alter sequence postevent.orders_idn_seq restart");
        assertThatThrownBy(() -> schema(Mode.CREATE).prepareOutbox(TOPICS, told::add))
                .hasMessageContaining("PSTEV30008");
        assertThatThrownBy(() -> schema(Mode.CREATE).prepareOutbox(TOPICS, told::add))
                .hasMessageContaining("PSTEV30008");
        assertThat(told).containsExactly(Set.of(ORDERS));
    }

    @Test
    void whatWasNotMadeIsNotTold() {
        List<Set<TopicName>> told = new ArrayList<>();
        db.execute("create schema postevent", "create table postevent.\"select\" (x int)");
        assertThatThrownBy(() -> schema(Mode.CREATE).prepareOutbox(TOPICS, told::add))
                .hasMessageContaining("PSTEV30005");
        assertThat(told).isEmpty();
    }

    @Test
    void limitsOfTheRoleDoNotEndANodeThatWaitsForAnother() throws Exception {
        limit("statement_timeout");
        limit("transaction_timeout");
        ExecutorService threads = Executors.newSingleThreadExecutor();
        try (Connection other = db.dataSource().getConnection();
                Statement statement = other.createStatement()) {
            statement.execute(
                    "select set_config(name, '0', false) from pg_settings where name like '%_timeout' and context = 'user'");
            other.setAutoCommit(false);
            SchemaStore.lock(other);
            Future<?> start = threads.submit(() -> schema(Mode.CREATE).prepareOutbox(TOPICS));
            await().until(() ->
                    db.number("select count(*) from pg_locks where not granted and locktype = 'advisory'") == 1);
            long from = db.number("select (extract(epoch from clock_timestamp()) * 1000)::bigint");
            await().until(() -> start.isDone()
                    || db.number("select (extract(epoch from clock_timestamp()) * 1000)::bigint") > from + 1500);
            other.rollback();

            start.get();
        } finally {
            threads.shutdownNow();
        }
        assertThatCode(() -> schema(Mode.VALIDATE).prepareOutbox(TOPICS)).doesNotThrowAnyException();
    }

    private void limit(String name) {
        if (db.number("select count(*) from pg_settings where name = '" + name + "'") == 1) {
            db.execute("alter database " + db.name() + " set " + name + " = '1s'");
        }
    }

    @Test
    void validateListsEverythingThatIsMissing() {
        assertThatThrownBy(() -> schema(Mode.VALIDATE).prepareOutbox(TOPICS))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV30002")
                .hasMessageContaining("outbox is missing")
                .hasMessageContaining("topic:orders is missing")
                .hasMessageContaining("topic:select is missing")
                .hasMessageContaining("postevent.schema=create");
        assertThat(db.number("select count(*) from pg_namespace where nspname like 'postevent%'"))
                .isZero();
    }

    @Test
    void noneDoesNotEvenConnect() {
        PGSimpleDataSource nowhere = new PGSimpleDataSource();
        nowhere.setPortNumbers(new int[] {1});
        assertThatCode(() -> new Schema(nowhere, Mode.NONE).prepareOutbox(TOPICS))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> new Schema(nowhere, Mode.VALIDATE).prepareOutbox(TOPICS))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV30001");
    }

    @Test
    void tablesOfANewerReleaseAreRefused() {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        db.execute("insert into postevent_internal.schema_version(part, version) values ('topic:orders', 99)");
        for (Mode mode : List.of(Mode.CREATE, Mode.VALIDATE)) {
            assertThatThrownBy(() -> schema(mode).prepareOutbox(TOPICS))
                    .isInstanceOf(PosteventException.class)
                    .hasMessageContaining("PSTEV30003")
                    .hasMessageContaining("topic:orders has version 99, known here is 6");
        }
    }

    @Test
    void theDdlWrittenOutMakesTheSameTables() {
        db.execute(Schema.ddl(TOPICS));
        assertThatCode(() -> schema(Mode.VALIDATE).prepareOutbox(TOPICS)).doesNotThrowAnyException();
        assertThatCode(() -> schema(Mode.VALIDATE).prepareInbox()).doesNotThrowAnyException();
        PostgresFixture.Db made = PostgresFixture.shared().newDatabase();
        new Schema(made.dataSource(), Mode.CREATE).prepareOutbox(TOPICS);
        new Schema(made.dataSource(), Mode.CREATE).prepareInbox();
        String columns =
                "select string_agg(concat_ws(' ', table_schema, table_name, column_name, data_type, is_nullable), '; '"
                        + " order by table_schema, table_name, ordinal_position)"
                        + " from information_schema.columns where table_schema like 'postevent%'";
        assertThat(db.text(columns)).isNotEmpty().isEqualTo(made.text(columns));
    }

    @Test
    void whereEverythingIsThereNoPrivilegeToMakeOrWriteIsNeeded() {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        String role = db.name() + "_reader";
        db.execute(
                "create role " + role + " login password 'x'",
                "grant usage on schema postevent_internal to " + role,
                "grant select on postevent_internal.schema_version to " + role);
        PGSimpleDataSource restricted = db.dataSource();
        restricted.setUser(role);
        restricted.setPassword("x");
        assertThatCode(() -> new Schema(restricted, Mode.CREATE).prepareOutbox(TOPICS))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> new Schema(restricted, Mode.CREATE).prepareOutbox(List.of(new TopicName("more"))))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV30006")
                .hasMessageContaining("topic:more");
    }

    @Test
    void aTableChangedByHandIsNamedWithItsColumns() {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        db.execute(
                "alter table postevent.orders drop column traceparent",
                "alter table postevent.orders alter column subject type varchar(10)",
                "drop table postevent.\"select\"");
        assertThatThrownBy(() -> schema(Mode.CREATE).prepareOutbox(TOPICS))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV30004")
                .hasMessageContaining("postevent.\"orders\".traceparent is missing, expected text")
                .hasMessageContaining("postevent.\"orders\".subject is character varying, expected text")
                .hasMessageContaining("postevent.\"select\".idn is missing");
    }

    @Test
    void aTableThatNobodyRecordedIsLeftAloneAndNamed() {
        db.execute("create schema postevent", "create table postevent.orders(x int)");
        assertThatThrownBy(() -> schema(Mode.CREATE).prepareOutbox(TOPICS))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV30005")
                .hasMessageContaining("orders");
        assertThat(db.number("select count(*) from pg_namespace where nspname = 'postevent_internal'"))
                .as("all or nothing")
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "4700-01-01 00:00:00+00 BC",
                "0001-01-01 00:00:00+01",
                "10000-01-01 00:00:00+00",
                "infinity",
                "-infinity"
            })
    void aTimeOutsideOfTheYears1To9999IsRefusedByTheTable(String time) {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        assertThatThrownBy(() -> insertAt(time)).hasStackTraceContaining("time is not in the years 1 to 9999");
        insertAt("0001-01-01 00:00:00+00");
        insertAt("9999-12-31 23:59:59.999999+00");
        assertThat(db.number("select count(*) from postevent.orders")).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'[1]'",
                "'7'",
                "'null'",
                "'\"text\"'",
                "jsonb_build_object('a', repeat('x', 1048568))",
                "jsonb_build_object('a', repeat('\"', 524284))"
            })
    void extensionsThatAreNoAttributesOrTooLargeAreRefusedByTheTable(String extensions) {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        assertThatThrownBy(() -> insertWith(extensions))
                .hasStackTraceContaining("extensions are not a JSON object of at most 1 MiB");
        insertWith("null");
        insertWith("'{}'");
        insertWith("jsonb_build_object('a', repeat('x', 1048567))");
        assertThat(db.number("select count(*) from postevent.orders")).isEqualTo(3);
    }

    @Test
    void aRowThatIsNeitherEventNorVoidIsRefusedByTheTable() {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        assertThatThrownBy(() ->
                        db.execute("insert into postevent.orders (kind, id, source, type) values ('x', 'i', 's', 't')"))
                .hasStackTraceContaining("kind is neither e (an event) nor v (a void)")
                .hasStackTraceContaining("The event has id i and source s.");
    }

    /**
     * It runs as the owner of the tables where {@code seal} inserts, is made ready once a session, and types of {@code pg_temp} come
     * before those of the server.
     */
    @Test
    void aTypeOfTheCallersOwnIsNotTakenForTheServers() {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        assertThatCode(() -> db.execute("""
                                create domain pg_temp.text as pg_catalog.text check (false);
                                create domain pg_temp.int8 as pg_catalog.int8 check (false);
                                insert into postevent.orders (kind, id, source, type, extensions)
                                values ('v', 'i', 's', 't', '{}')""")).doesNotThrowAnyException();
    }

    /** PostgreSQL reads the checks of a table anew for each statement that writes a row, which takes as long as the write. */
    @Test
    void whatIsWrittenForEachEventHasNoCheck() {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        schema(Mode.CREATE).prepareInbox();
        String written = " = any (array['postevent.orders', 'postevent_inbox.messages',"
                + " 'postevent_inbox.high_water_mark', 'postevent_inbox.lane', 'postevent_inbox.lease']::regclass[])";
        assertThat(db.number("select count(*) from pg_constraint where contype = 'c' and conrelid" + written))
                .isZero();
        assertThat(db.text(
                        "select string_agg(tgrelid::regclass || ' ' || tgname, ', ' order by tgname desc) from pg_trigger"
                                + " where not tgisinternal and tgrelid" + written))
                .as("login: where a lane is taken, which is seldom")
                .isEqualTo("postevent.orders orders_event_check, postevent_inbox.lane login");
    }

    private static String each(String part, int newest) {
        return IntStream.rangeClosed(1, newest)
                .mapToObj(version -> part + " " + version)
                .collect(Collectors.joining(", "));
    }

    private void insertWith(String extensions) {
        db.execute("insert into postevent.orders (id, source, type, extensions)"
                + " values (gen_random_uuid()::text, 's', 't', " + extensions + ")");
    }

    @ParameterizedTest
    @ValueSource(strings = {"data", "type", "subject", "datacontenttype", "dataschema", "traceparent"})
    void aRowThatNoMessageCarriesIsRefusedByTheTable(String column) {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        // together with "i" and "s", and "t" where it is not the type itself
        int most = LogEntry.SIZE_MAX_BYTES - (column.equals("type") ? 2 : 3);
        assertThatThrownBy(() -> insertLarge("i", column, most + 1)).hasStackTraceContaining(TOO_LARGE);
        insertLarge("i", column, most);
        assertThat(db.number("select count(*) from postevent.orders")).isEqualTo(1);
    }

    /** What is copied from another table comes as it is stored there, compressed. */
    @ParameterizedTest
    @ValueSource(strings = {"data", "subject"})
    void aCopiedRowIsAsLargeAsWhatItHolds(String column) {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        db.execute(
                "create table staged (data bytea, subject text)",
                "insert into staged (" + column + ") values (repeat('x', 14680064)::"
                        + (column.equals("data") ? "bytea)" : "text)"));
        assertThat(db.number("select pg_column_size(" + column + ") from staged"))
                .isLessThan(1_000_000);
        assertThatThrownBy(() -> db.execute("insert into postevent.orders (id, source, type, " + column
                        + ") select 'i', 's', 't', " + column + " from staged"))
                .hasStackTraceContaining(TOO_LARGE);
    }

    private void insertLarge(String id, String column, int bytes) {
        String other = column.equals("type") ? "" : ", type";
        db.execute("insert into postevent.orders (id, source, " + column + other + ") values ('" + id + "', 's', "
                + (column.equals("data") ? "repeat('x', " + bytes + ")::bytea" : "repeat('x', " + bytes + ")")
                + (other.isEmpty() ? "" : ", 't'") + ")");
    }

    /** The check is for rows to come: the upgrade of a table that has a larger one does not fail. */
    @Test
    void aTableWithALargerRowIsBroughtUpToDate() {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        db.execute(
                "drop trigger orders_event_check on postevent.orders",
                "delete from postevent_internal.schema_version where part = 'topic:orders' and version > 3");
        insertLarge("large", "data", LogEntry.SIZE_MAX_BYTES);
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        assertThatThrownBy(() -> insertLarge("second", "data", LogEntry.SIZE_MAX_BYTES))
                .hasStackTraceContaining(TOO_LARGE);
        assertThat(db.text("select id from postevent.orders")).isEqualTo("large");
    }

    @Test
    void aTableOfTheFirstVersionIsBroughtUpToDateWithTheRowsItHas() {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        db.execute(
                "drop trigger orders_event_check on postevent.orders",
                "delete from postevent_internal.schema_version where part = 'topic:orders' and version > 1");
        insertAt("infinity");
        assertThatThrownBy(() -> schema(Mode.VALIDATE).prepareOutbox(TOPICS))
                .hasMessageContaining("topic:orders has version 1, expected 6");
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        assertThatThrownBy(() -> insertAt("infinity")).hasStackTraceContaining("time is not in the years 1 to 9999");
        assertThat(db.number("select count(*) from postevent.orders")).isEqualTo(1);
    }

    /** Whoever waits for a table keeps out all who come after, and a start that fails is tried again. */
    @Test
    void aTableInUseIsWaitedForBrieflyAndWhatIsDoneBeforeItStays() throws Exception {
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        db.execute(
                "drop trigger orders_event_check on postevent.orders",
                "drop trigger select_event_check on postevent.select",
                "delete from postevent_internal.schema_version where part like 'topic:%' and version = 6");
        try (Connection user = db.dataSource().getConnection();
                Statement statement = user.createStatement()) {
            user.setAutoCommit(false);
            statement.execute("lock table postevent.select in row exclusive mode");
            assertThatThrownBy(() -> schema(Mode.CREATE).prepareOutbox(TOPICS))
                    .isInstanceOf(TransientFailureException.class)
                    .hasMessageContaining("PSTEV30007: preparing outbox, topic:orders, topic:select")
                    .hasMessageContaining("a table is locked by somebody else");
            assertThat(db.text("select string_agg(part, ' ') from postevent_internal.schema_version"
                            + " where part like 'topic:%' and version = 6"))
                    .isEqualTo("topic:orders");
            user.rollback();
        }
        schema(Mode.CREATE).prepareOutbox(TOPICS);
        assertThatCode(() -> schema(Mode.VALIDATE).prepareOutbox(TOPICS)).doesNotThrowAnyException();
    }

    private void insertAt(String time) {
        db.execute("insert into postevent.orders (id, source, type, time) values (gen_random_uuid()::text, 's', 't', '"
                + time + "')");
    }

    /** Advisory locks are anybody's who may connect to the database. */
    @Test
    void aStrangerThatHoldsTheLockOfTheTablesIsNamed() throws Exception {
        String login = db.name() + "_stranger";
        db.execute("create role " + login + " login password 'x'");
        try (Connection stranger = new PostgresFixture.Db(db.jdbcUrl(), login, "x", db.name())
                        .dataSource()
                        .getConnection();
                Statement statement = stranger.createStatement()) {
            statement.execute("select pg_advisory_lock(x'706f737465766e74'::bigint)");
            int pid = stranger.unwrap(PGConnection.class).getBackendPID();
            assertThatThrownBy(() -> new Schema(withALockTimeoutOf("200ms"), Mode.CREATE).prepareOutbox(TOPICS))
                    .hasMessageContaining("PSTEV30007")
                    .hasMessageContaining("held by pid " + pid + " (login '" + login + "', application '");
        }
        schema(Mode.CREATE).prepareOutbox(TOPICS);
    }

    /** Where a statement says 60 s, the database is told {@code limit}. */
    private PGSimpleDataSource withALockTimeoutOf(String limit) {
        PGSimpleDataSource pool = db.dataSource();
        return new PGSimpleDataSource() {
            private static final long serialVersionUID = 1L;

            @Override
            public Connection getConnection() throws SQLException {
                Connection connection = pool.getConnection();
                return proxy(
                        Connection.class,
                        connection,
                        (name, result) -> name.equals("createStatement")
                                ? proxy(Statement.class, result, (other, answer) -> answer, limit)
                                : result,
                        limit);
            }
        };
    }

    private static <T> T proxy(
            Class<T> type, Object of, BiFunction<String, @Nullable Object, @Nullable Object> results, String limit) {
        return type.cast(Proxy.newProxyInstance(
                SchemaIT.class.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                    if (arguments != null && arguments[0] instanceof String sql) {
                        arguments[0] = sql.replace("'60s'", "'" + limit + "'");
                    }
                    try {
                        return results.apply(method.getName(), method.invoke(of, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    @Test
    void aDataSourceWithoutAutoCommitIsTakenAsItIsAndGivenBackSo() throws Exception {
        PGSimpleDataSource pool = db.dataSource();
        try (Connection only = pool.getConnection()) {
            only.setAutoCommit(false);
            Connection kept = (Connection) Proxy.newProxyInstance(
                    SchemaIT.class.getClassLoader(),
                    new Class<?>[] {Connection.class},
                    (proxy, method, arguments) ->
                            method.getName().equals("close") ? null : method.invoke(only, arguments));
            PGSimpleDataSource manual = new PGSimpleDataSource() {
                private static final long serialVersionUID = 1L;

                @Override
                public Connection getConnection() {
                    return kept;
                }
            };

            new Schema(manual, Mode.CREATE).prepareOutbox(TOPICS);
            new Schema(manual, Mode.VALIDATE).prepareOutbox(TOPICS);

            assertThat(only.getAutoCommit()).isFalse();
            assertThat(db.number("select count(*) from pg_stat_activity where state = 'idle in transaction'"
                            + " and datname = current_database()"))
                    .isZero();
        }
    }

    /** The tables as {@code com.p14n:postevent} 1.0 makes them, with a gap and something that is not handled. */
    private void original() {
        db.execute(
                "create schema postevent",
                "create table postevent.orders (idn bigint generated always as identity primary key,"
                        + " id varchar(255) not null, source varchar(1024) not null, type varchar(255) not null,"
                        + " datacontenttype varchar(255), dataschema varchar(255), subject varchar(255), data bytea,"
                        + " time timestamp with time zone default current_timestamp, traceparent varchar(55),"
                        + " unique (id, source))",
                "create table postevent.messages (idn bigint not null, topic varchar(255) not null, id varchar(255),"
                        + " status varchar(1) default 'u', primary key (topic, idn))",
                "create table postevent.contiguous_hwm (topic_name varchar(255) primary key, hwm bigint not null)",
                "insert into postevent.orders (id, source, type, subject, data)"
                        + " select 'e' || g, 'urn:shop', 'placed', 's' || g % 3, convert_to('d' || g, 'UTF8')"
                        + " from generate_series(1, 7) g",
                "delete from postevent.orders where idn in (3, 7)", // as numbers that rollbacks used up
                "insert into postevent.messages (idn, topic, id, status)"
                        + " select idn, 'orders', id, case when idn = 4 then 'u' else 'p' end from postevent.orders",
                "insert into postevent.contiguous_hwm values ('orders', 6)");
    }

    private String events() {
        return db.text("select string_agg(concat_ws(' ', idn, id, source, type, subject, convert_from(data, 'UTF8'),"
                + " extract(epoch from time), traceparent), '; ' order by idn) from postevent.orders");
    }

    /** What docs/migrating.md has between a heading and the next, statement by statement. */
    private static List<String> documented(String heading) throws IOException {
        String text = Files.readString(Path.of("..", "docs", "migrating.md"));
        int from = text.indexOf("\n## " + heading + "\n");
        assertThat(from).as("the heading " + heading).isNotNegative();
        int next = text.indexOf("\n## ", from + 1);
        return Pattern.compile("(?s)```sql\n(.*?)```")
                .matcher(text.substring(from, next < 0 ? text.length() : next))
                .results()
                .map(block -> block.group(1))
                .toList();
    }

    private void assertMigrated(String before) {
        assertThatCode(() -> schema(Mode.VALIDATE).prepareOutbox(List.of(ORDERS)))
                .doesNotThrowAnyException();
        assertThat(events()).isEqualTo(before);
        PostgresFixture.Db made = PostgresFixture.shared().newDatabase();
        new Schema(made.dataSource(), Mode.CREATE).prepareOutbox(List.of(ORDERS));
        String table =
                "select (select string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attidentity), '; '"
                        + " order by attname) from pg_attribute where attrelid = 'postevent.orders'::regclass and attnum > 0"
                        + " and not attisdropped) || ' | ' || (select string_agg(conname || ' ' || pg_get_constraintdef(oid), '; '"
                        + " order by conname) from pg_constraint where conrelid = 'postevent.orders'::regclass)"
                        + " || ' | ' || pg_get_serial_sequence('postevent.orders', 'idn')";
        assertThat(db.text(table)).isNotEmpty().isEqualTo(made.text(table));
        db.execute("insert into postevent.orders (id, source, type) values ('e8', 'urn:shop', 'placed')");
        assertThat(
                        db.text(
                                "select concat_ws(' ', idn, kind, coalesce(time::text, 'no time')) from postevent.orders where id = 'e8'"))
                .isEqualTo("8 e no time");
        assertThatThrownBy(() -> db.execute(
                        "insert into postevent.orders (id, source, type) values ('e1', 'urn:shop', 'placed')"))
                .hasStackTraceContaining("orders_source_id_key");
    }

    @ParameterizedTest
    @EnumSource(
            value = Mode.class,
            names = {"CREATE", "VALIDATE"})
    void tablesOfTheOriginalLibraryAreLeftAloneAndToldWhatToDoWith(Mode mode) {
        original();
        String before = events();
        assertThatThrownBy(() -> schema(mode).prepareOutbox(List.of(ORDERS)))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining(mode == Mode.CREATE ? "PSTEV30005" : "PSTEV30002")
                .hasMessageContaining("docs/migrating.md")
                .hasMessageNotContaining("start once with postevent.schema=create");
        assertThat(events()).isEqualTo(before);
    }

    @Test
    void aTableOfTheOriginalLibraryThatIsAlteredInPlaceIsOurs() throws IOException {
        original();
        String before = events();

        documented("The table stays and is altered").forEach(db::execute);
        schema(Mode.CREATE).prepareOutbox(List.of(ORDERS));

        assertMigrated(before);
    }

    @Test
    void aTableOfTheOriginalLibraryThatIsCopiedIsOurs() throws IOException {
        original();
        String before = events();

        List<String> blocks = documented("The table is moved aside, and its rows are copied");
        db.execute(blocks.get(0), Schema.ddl(List.of(ORDERS)), blocks.get(1));

        assertMigrated(before);
    }

    /** More in a row than is sealed without a person: the topic would wait for one. */
    private void oldRowsDeleted() {
        original();
        db.execute(
                "alter table postevent.orders alter idn drop identity",
                "update postevent.orders set idn = idn + 2000000",
                "alter table postevent.orders alter idn add generated always as identity (start with 2000008)");
    }

    private void assertNothingIsMissingBelowTheFirst() throws IOException {
        JdbcEventLog log = new JdbcEventLog(db.dataSource(), Duration.ZERO);
        assertThat(log.settle(ORDERS, 0))
                .as("without the statement it stands still")
                .isZero();

        String statement = documented("After").get(0);
        db.execute(statement, statement); // twice is no harm

        assertThat(db.text("select settled || ' ' || gone from postevent_internal.known('orders')"))
                .isEqualTo("2000000 2000000");
        Range read = log.read(ORDERS, 0, Long.MAX_VALUE, 10, 1 << 20);
        assertThat(read.goneThrough()).isEqualTo(2_000_000);
        assertThat(read.entries())
                .extracting(entry -> entry.position() + (entry.isVoid() ? " void" : ""))
                .startsWith("2000001", "2000002", "2000003 void", "2000004");
    }

    @Test
    void whatTheOriginalLibraryHadDeletedIsNotWaitedForInATableThatStays() throws IOException {
        oldRowsDeleted();

        documented("The table stays and is altered").forEach(db::execute);
        schema(Mode.CREATE).prepareOutbox(List.of(ORDERS));

        assertNothingIsMissingBelowTheFirst();
    }

    @Test
    void whatTheOriginalLibraryHadDeletedIsNotWaitedForInATableThatIsCopied() throws IOException {
        oldRowsDeleted();

        List<String> blocks = documented("The table is moved aside, and its rows are copied");
        db.execute(blocks.get(0), Schema.ddl(List.of(ORDERS)), blocks.get(1));

        assertNothingIsMissingBelowTheFirst();
    }

    /** The next event is then the first. */
    @Test
    void aTopicOfTheOriginalLibraryWhoseRowsWereAllDeletedIsGoneUpToItsSequence() throws IOException {
        oldRowsDeleted();
        db.execute(
                "insert into postevent.orders (id, source, type) values ('e8', 'urn:shop', 'placed')",
                "delete from postevent.orders");
        documented("The table stays and is altered").forEach(db::execute);
        schema(Mode.CREATE).prepareOutbox(List.of(ORDERS));

        db.execute(documented("After").get(0));

        assertThat(db.number("select gone from postevent_internal.known('orders')"))
                .isEqualTo(2_000_008);
    }

    /** What is above the first that was not handled comes again, and nothing is passed over. */
    @Test
    void aConsumerOfTheOriginalLibraryGoesOnWhereItWas() throws IOException {
        original();
        String start = documented("Before").get(0);
        assertThat(db.number(start)).as("4 is not handled").isEqualTo(4);
        db.execute("update postevent.messages set status = 'p'");
        assertThat(db.number(start)).as("all is handled").isEqualTo(7);
        db.execute("update postevent.contiguous_hwm set hwm = 2");
        assertThat(db.number(start)).as("3 has not arrived").isEqualTo(3);
        db.execute("delete from postevent.messages", "update postevent.contiguous_hwm set hwm = 6");
        assertThat(db.number(start)).as("old messages may be deleted").isEqualTo(7);
        db.execute("delete from postevent.contiguous_hwm");
        assertThat(db.text(start)).as("nothing was received").isNull();
    }

    private Schema schema(Mode mode) {
        return new Schema(db.dataSource(), mode);
    }

    private String versions() {
        return db.text("select string_agg(part || ' ' || version, ', ' order by part, version)"
                + " from postevent_internal.schema_version");
    }
}
