package dev.postevent.internal.outbox;

import static dev.postevent.internal.eventlog.Events.INVOICES;
import static dev.postevent.internal.eventlog.Events.ORDERS;
import static dev.postevent.internal.eventlog.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.postevent.DuplicateEventException;
import dev.postevent.InvalidEventException;
import dev.postevent.NoTransactionException;
import dev.postevent.PosteventException;
import dev.postevent.Publication;
import dev.postevent.TransientFailureException;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.outbox.OutboxSettings.When;
import dev.postevent.internal.outbox.OutboxSettings.WithoutTransaction;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.IdleXaResource;
import dev.postevent.testing.JtaFixture;
import dev.postevent.testing.PostgresFixture;
import io.agroal.api.AgroalDataSource;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.transaction.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import javax.transaction.xa.XAException;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.postgresql.PGConnection;

/** G1: an event exists if and only if the caller's transaction committed. And the order and locks of publishing (ORDERING 3). */
final class OutboxIT {
    private static final List<TopicName> TOPICS = List.of(ORDERS, INVOICES);

    private PostgresFixture.Db db;
    private JtaFixture jta;
    private ExecutorService threads;

    enum Pool {
        LOCAL,
        XA;

        DataSource of(JtaFixture jta) {
            return this == LOCAL ? jta.local() : jta.xa();
        }
    }

    @BeforeEach
    void open() {
        db = PostgresFixture.shared().newDatabase();
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(TOPICS);
        db.execute("create table business(name text)");
        jta = JtaFixture.over(db);
        threads = Executors.newCachedThreadPool();
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        jta.close();
    }

    @ParameterizedTest
    @EnumSource
    void eventAndBusinessRowCommitTogether(Pool pool) throws Exception {
        Outbox outbox = outbox(pool);
        jta.transaction(() -> {
            business(pool, "row");
            outbox.publish(ORDERS, List.of(event("1", "a")));
            assertThat(ids(ORDERS)).as("before the commit").isEmpty();
        });
        assertThat(ids(ORDERS)).containsExactly("1");
        assertThat(db.text("select name from business")).isEqualTo("row");
    }

    @Test
    void aBufferThatIsFilledAnewForEachEventIsStoredAsItWas() throws Exception {
        Outbox outbox = outbox(Pool.LOCAL);
        byte[] buffer = new byte[1];
        jta.transaction(() -> {
            for (byte i = 1; i <= 3; i++) {
                buffer[0] = i;
                outbox.publish(
                        ORDERS,
                        List.of(CloudEventBuilder.v1(event("id-" + i, "a"))
                                .withData(buffer)
                                .build()));
            }
        });
        assertThat(db.text("select string_agg(encode(data, 'hex'), ' ' order by idn) from postevent.orders"))
                .isEqualTo("01 02 03");
    }

    @ParameterizedTest
    @EnumSource
    void rollbackLeavesNothing(Pool pool) throws Exception {
        Outbox outbox = outbox(pool);
        jta.rolledBack(() -> {
            business(pool, "row");
            outbox.publish(ORDERS, List.of(event("1", "a")));
            outbox.publishNow(ORDERS, event("2", "a"));
            outbox.publish(INVOICES, List.of(event("3", "a")));
        });
        assertThat(ids(ORDERS)).isEmpty();
        assertThat(ids(INVOICES)).isEmpty();
        assertThat(db.text("select name from business")).isNull();
        assertNoConnectionIsLeft(pool);
    }

    @ParameterizedTest
    @EnumSource
    void rollbackOnlyLeavesNothing(Pool pool) throws Exception {
        Outbox outbox = outbox(pool);
        jta.transactionManager().begin();
        outbox.publish(ORDERS, List.of(event("1", "a")));
        jta.transactionManager().setRollbackOnly();
        assertThatThrownBy(() -> jta.transactionManager().commit()).isInstanceOf(RollbackException.class);
        assertThat(ids(ORDERS)).isEmpty();
        assertThat(drawn(ORDERS)).as("positions drawn").isZero();
        assertNoConnectionIsLeft(pool);
    }

    @Test
    void twoPhaseCommitKeepsTheEvent() throws Exception {
        Outbox outbox = outbox(Pool.XA);
        Veto observer = new Veto(false);
        jta.transaction(() -> {
            outbox.publish(ORDERS, List.of(event("1", "a")));
            jta.transactionManager().getTransaction().enlistResource(observer);
        });
        assertThat(observer.preparedSeen)
                .as("transactions prepared in the database")
                .isEqualTo(1);
        assertThat(ids(ORDERS)).containsExactly("1");
    }

    @Test
    void preparedAndThenRolledBackLeavesNothing() throws Exception {
        Outbox outbox = outbox(Pool.XA);
        Veto veto = new Veto(true);
        assertThatThrownBy(() -> jta.transaction(() -> {
                    outbox.publish(ORDERS, List.of(event("1", "a")));
                    jta.transactionManager().getTransaction().enlistResource(veto);
                }))
                .isInstanceOf(RollbackException.class);
        assertThat(veto.preparedSeen)
                .as("transactions prepared in the database")
                .isEqualTo(1);
        assertThat(ids(ORDERS)).isEmpty();
        assertThat(db.number("select count(*) from pg_prepared_xacts where database = current_database()"))
                .isZero();
    }

    @ParameterizedTest
    @EnumSource
    void twoTopicsInOneTransactionAreAllOrNothing(Pool pool) throws Exception {
        Outbox outbox = outbox(pool);
        jta.transaction(() -> {
            outbox.publish(ORDERS, List.of(event("1", "a")));
            outbox.publish(INVOICES, List.of(event("2", "a"), event("3", null)));
            outbox.publish(ORDERS, List.of(event("4", "b")));
        });
        assertThat(ids(ORDERS)).containsExactly("1", "4");
        assertThat(ids(INVOICES)).containsExactly("2", "3");
        assertThatThrownBy(() -> jta.transaction(() -> {
                    outbox.publish(INVOICES, List.of(event("5", "a")));
                    outbox.publish(ORDERS, List.of(event("1", "a")));
                }))
                .isInstanceOf(RollbackException.class);
        assertThat(ids(INVOICES)).containsExactly("2", "3");
    }

    @ParameterizedTest
    @EnumSource
    void failureOfALaterBeforeCompletionLeavesNothing(Pool pool) {
        Outbox outbox = outbox(pool);
        assertThatThrownBy(() -> jta.transaction(() -> {
                    outbox.publish(ORDERS, List.of(event("1", "a")));
                    beforeCompletion(() -> {
                        throw new IllegalStateException("late failure");
                    });
                }))
                .isInstanceOf(RollbackException.class);
        assertThat(drawn(ORDERS)).as("positions drawn: the event was written").isEqualTo(1);
        assertThat(ids(ORDERS)).isEmpty();
        assertNoConnectionIsLeft(pool);
    }

    @ParameterizedTest
    @EnumSource
    void anEventPublishedTwiceRollsEverythingBackAndIsNamed(Pool pool) throws Exception {
        Outbox outbox = outbox(pool);
        jta.transaction(() -> outbox.publish(ORDERS, List.of(event("1", "a"))));
        assertThatThrownBy(() -> jta.transaction(() -> {
                    business(pool, "row");
                    outbox.publish(ORDERS, List.of(event("1", "b")));
                }))
                .isInstanceOf(RollbackException.class)
                .hasStackTraceContaining("PSTEV31021")
                .hasStackTraceContaining("source '/test' id '1'");
        assertThat(db.text("select name from business")).isNull();
        assertNoConnectionIsLeft(pool);
    }

    @ParameterizedTest
    @EnumSource
    void aSequenceThatWasNotCarriedOverIsNoEventThatIsThereAlready(Pool pool) throws Exception {
        Outbox outbox = outbox(pool);
        jta.transaction(() -> outbox.publish(ORDERS, List.of(event("1", "a"), event("(source, id)=(", "a"))));
        db.execute("select setval('postevent.orders_idn_seq', 1, false)");

        String refusal = refusal(outbox, event("2", "b"));

        assertThat(refusal).contains("PSTEV31033").doesNotContain("PSTEV31021").doesNotContain("there already");
        db.execute(refusal.replaceAll("(?s).*?Run: (select .*?); then publish again.*", "$1"));
        jta.transaction(() -> outbox.publish(ORDERS, List.of(event("2", "b"))));
        assertThat(ids(ORDERS)).containsExactly("1", "(source, id)=(", "2");
        assertThat(refusal(outbox, event("(source, id)=(", "b")))
                .contains("PSTEV31021")
                .doesNotContain("PSTEV31033");
        assertThat(refusal(outbox, event("1", "b"))).contains("PSTEV31021").doesNotContain("PSTEV31033");
        assertNoConnectionIsLeft(pool);
    }

    @Test
    void aUniqueConstraintOfSomebodyElseIsNamedAndIsNoEventThatIsThereAlready() throws Exception {
        Outbox outbox = outbox(Pool.LOCAL);
        db.execute("create unique index one_a_type on postevent.orders (type)");
        jta.transaction(() -> outbox.publish(ORDERS, List.of(event("1", "a"))));
        assertThat(refusal(outbox, event("(idn)=(", "b")))
                .contains("PSTEV31035", "one_a_type")
                .doesNotContain("PSTEV31021", "PSTEV31033");
    }

    private String refusal(Outbox outbox, CloudEvent event) {
        StringBuilder text = new StringBuilder();
        for (Throwable cause = catchThrowable(() -> jta.transaction(() -> outbox.publishNow(ORDERS, event)));
                cause != null;
                cause = cause.getCause()) {
            text.append(cause.getMessage()).append('\n');
        }
        return text.toString();
    }

    @Test
    void idAndSourceThatAreTooLongForTheirIndexAreRefusedByPublishAndNotByTheCommit() throws Exception {
        Outbox outbox = outbox(
                Pool.LOCAL, new OutboxSettings(100_000, 1000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24));
        // nothing that compresses
        String longest = new Random(1)
                .ints(33, 127)
                .limit(EventRules.KEY_MAX_BYTES - "/test".length())
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        jta.transaction(() -> {
            outbox.publish(ORDERS, List.of(event(longest, "a")));
            assertThatThrownBy(() -> outbox.publish(ORDERS, List.of(event(longest + "x", "a"))))
                    .isInstanceOf(InvalidEventException.class)
                    .hasMessageContaining("PSTEV31016");
        });
        assertThat(db.text("select id from " + ORDERS.table())).isEqualTo(longest);
        assertNoConnectionIsLeft(Pool.LOCAL);
    }

    @Test
    void whatPublishTakesAsExtensionsTheTableTakes() throws Exception {
        Outbox outbox = outbox(
                Pool.LOCAL,
                new OutboxSettings(LogEntry.SIZE_MAX_BYTES, 5_000, When.NOW, WithoutTransaction.REJECT, 1 << 26));
        // {"a":"..."}, and what the server adds
        int most = EventRules.EXTENSIONS_MAX_BYTES - "{'a':''}".length() - 8;
        CloudEventBuilder many = CloudEventBuilder.v1(event("2", null));
        for (int i = 0; i < 1_000; i++) {
            // {"...":{"uri":"..."}}, its comma, and what the server adds
            many.withExtension("u" + (1_000 + i), URI.create("u".repeat((most - 32) / 1_000 - 25)));
        }
        jta.transaction(() -> {
            outbox.publish(ORDERS, List.of(withText("1", most), many.build()));
            assertThatThrownBy(() -> outbox.publish(ORDERS, List.of(withText("3", most + 1))))
                    .isInstanceOf(InvalidEventException.class)
                    .hasMessageContaining("PSTEV31016")
                    .hasMessageContaining("has 1048577 bytes of extension attributes");
        });
        assertThat(ids(ORDERS)).containsExactly("1", "2");
    }

    private static CloudEvent withText(String id, int length) {
        return CloudEventBuilder.v1(event(id, null))
                .withExtension("a", "x".repeat(length))
                .build();
    }

    @Test
    void writingAtOnceShowsTheDatabasesRefusalAtTheCallAndMarksTheTransaction() throws Exception {
        Outbox outbox =
                outbox(Pool.LOCAL, new OutboxSettings(1000, 1000, When.NOW, WithoutTransaction.REJECT, 1 << 24));
        jta.transaction(() -> outbox.publish(ORDERS, List.of(event("1", "a"))));
        jta.rolledBack(() -> {
            assertThatThrownBy(() -> outbox.publish(ORDERS, List.of(event("1", "b"))))
                    .isInstanceOfSatisfying(
                            DuplicateEventException.class,
                            refusal -> assertThat(refusal.isTransient()).isFalse())
                    .hasMessageContaining("PSTEV31021");
            assertThat(jta.transactionManager().getStatus()).isEqualTo(Status.STATUS_MARKED_ROLLBACK);
            assertThatThrownBy(() -> outbox.publish(ORDERS, List.of(event("2", "b"))))
                    .isInstanceOf(NoTransactionException.class)
                    .hasMessageContaining("PSTEV31003")
                    .hasMessageContaining("marked for rollback");
        });
        assertNoConnectionIsLeft(Pool.LOCAL);
    }

    /** Whoever catches it and runs all of it again would have the business rows twice, were they committed. */
    @Test
    void aPoolThatIsExhaustedPassesAndItsTransactionRollsBack() throws Exception {
        DataSource none = (DataSource) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("getConnection")) {
                        throw new SQLException("no managed connection within 5000 ms");
                    }
                    return method.invoke(jta.local(), arguments);
                });
        Outbox outbox = new Outbox(
                new OutboxSettings(1000, 1000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24),
                none,
                jta.registry(),
                jta.userTransaction(),
                List.of(ORDERS));
        jta.rolledBack(() -> {
            business(Pool.LOCAL, "row");
            assertThatThrownBy(() -> outbox.publishNow(ORDERS, event("1", "a")))
                    .isInstanceOf(TransientFailureException.class)
                    .hasMessageContaining("PSTEV31027");
            assertThat(jta.transactionManager().getStatus()).isEqualTo(Status.STATUS_MARKED_ROLLBACK);
        });
    }

    @Test
    void withoutATransactionTheMessageSaysWhatToDo() {
        Outbox outbox = outbox(Pool.LOCAL);
        assertThatThrownBy(() -> outbox.publish(ORDERS, List.of(event("1", "a"))))
                .isInstanceOf(NoTransactionException.class)
                .hasMessageContaining("PSTEV31002")
                .hasMessageContaining("orders")
                .hasMessageContaining("@Transactional")
                .hasMessageContaining("postevent.publish.without-transaction=own");
        assertThatThrownBy(() -> outbox.publishNow(ORDERS, event("1", "a"))).isInstanceOf(NoTransactionException.class);
    }

    @ParameterizedTest
    @EnumSource
    void ownTransactionPerCallWhereThatIsAllowed(Pool pool) throws Exception {
        Outbox outbox =
                outbox(pool, new OutboxSettings(1000, 1000, When.BEFORE_COMMIT, WithoutTransaction.OWN, 1 << 24));
        outbox.publish(ORDERS, List.of(event("1", "a"), event("2", "a")));
        assertThat(outbox.publishNow(ORDERS, event("3", "a")).position()).hasValue(3);
        assertThatThrownBy(() -> outbox.publish(ORDERS, List.of(event("4", "a"), event("1", "a"))))
                .isInstanceOf(DuplicateEventException.class)
                .hasMessageContaining("PSTEV31021");
        assertThat(jta.transactionManager().getStatus()).isEqualTo(Status.STATUS_NO_TRANSACTION);
        jta.rolledBack(() -> outbox.publish(ORDERS, List.of(event("5", "a"))));
        assertThat(ids(ORDERS)).as("a transaction that is there is used").containsExactly("1", "2", "3");
        assertNoConnectionIsLeft(pool);
    }

    @Test
    void aRefusedCallDoesNotPoisonTheTransactionAndPublishesNothing() throws Exception {
        Outbox outbox = outbox(Pool.LOCAL);
        jta.transaction(() -> {
            assertThatThrownBy(() -> outbox.publish(ORDERS, List.of(event("1", "a"), event("2", "b\u0007"))))
                    .isInstanceOf(InvalidEventException.class)
                    .hasMessageContaining("event 2 of 2 for orders")
                    .hasMessageContaining("U+0007");
            assertThatThrownBy(() -> outbox.publish(new TopicName("nowhere"), List.of(event("3", "a"))))
                    .isInstanceOf(PosteventException.class)
                    .hasMessageContaining("[invoices, orders]");
            assertThatThrownBy(() -> outbox.publishNow(ORDERS, null)).isInstanceOf(InvalidEventException.class);
            assertThat(jta.transactionManager().getStatus()).isEqualTo(Status.STATUS_ACTIVE);
            outbox.publish(ORDERS, List.of(event("4", "a")));
        });
        assertThat(ids(ORDERS)).containsExactly("4");
    }

    private static long at(Publication written) {
        return written.position().orElseThrow();
    }

    @Test
    void positionsFollowTheOrderOfPublishingAlsoWhenSomeAreWrittenAtOnce() throws Exception {
        Outbox outbox = outbox(Pool.LOCAL);
        List<Long> now = new ArrayList<>();
        List<Publication> later = new ArrayList<>();
        jta.transaction(() -> {
            later.addAll(outbox.publish(ORDERS, List.of(event("z", "s9"), event("y", "s8"))));
            assertThat(later).allMatch(one -> one.position().isEmpty());
            now.add(at(outbox.publishNow(ORDERS, event("x", "s7"))));
            outbox.publish(ORDERS, List.of(event("w", "s6"), event("v", null)));
            now.add(at(outbox.publishNow(ORDERS, event("u", "s5"))));
            later.addAll(outbox.publish(ORDERS, List.of(event("t", "s4"))));
            assertThat(later.get(0).position())
                    .as("written with what came after it")
                    .hasValue(1);
            assertThat(later.get(2).position()).isEmpty();
        });
        assertThat(ids(ORDERS)).containsExactly("z", "y", "x", "w", "v", "u", "t");
        assertThat(now).containsExactly(3L, 6L);
        assertThat(later).extracting(one -> one.event().getId() + " " + at(one)).containsExactly("z 1", "y 2", "t 7");
    }

    @ParameterizedTest
    @EnumSource
    void aBatchWrittenAtOnceTellsThePositionOfEachEventInItsOrder(Pool pool) throws Exception {
        Outbox outbox = outbox(pool);
        List<Long> positions = new ArrayList<>();
        List<CloudEvent> events = IntStream.range(0, OutboxStore.CHUNK_ROWS + 10)
                .mapToObj(i -> event("e" + i, i % 3 == 0 ? null : "s" + i % 7))
                .toList();
        jta.transaction(() -> {
            outbox.publish(ORDERS, List.of(event("pending", "s")));
            outbox.publishAllNow(ORDERS, events).forEach(one -> positions.add(at(one)));
            assertThat(outbox.publishAllNow(ORDERS, List.of())).isEmpty();
        });
        List<String> ids = ids(ORDERS);
        assertThat(ids.get(0)).isEqualTo("pending");
        for (int i = 0; i < events.size(); i++) {
            assertThat(ids.get(positions.get(i).intValue() - 1))
                    .isEqualTo(events.get(i).getId());
        }
        assertThat(positions).hasSameSizeAs(events);
        jta.rolledBack(() -> outbox.publishAllNow(ORDERS, List.of(event("never", "s"))));
        assertThatThrownBy(() -> jta.transaction(
                        () -> outbox.publishAllNow(ORDERS, List.of(event("good", "s"), event("", "s")))))
                .isInstanceOf(InvalidEventException.class);
        assertThat(ids(ORDERS)).isEqualTo(ids);
        assertNoConnectionIsLeft(pool);
    }

    @ParameterizedTest
    @EnumSource
    void publishingWithinALaterBeforeCompletionIsPartOfTheTransaction(Pool pool) throws Exception {
        Outbox outbox = outbox(pool);
        JtaFixture.Work work = () -> {
            outbox.publish(ORDERS, List.of(event("1", "a")));
            beforeCompletion(() -> outbox.publish(ORDERS, List.of(event("2", "a"))));
        };
        jta.rolledBack(work);
        assertThat(ids(ORDERS)).isEmpty();
        jta.transaction(work);
        assertThat(ids(ORDERS)).containsExactly("1", "2");
        assertNoConnectionIsLeft(pool);
    }

    @Test
    void everyKindOfAttributeAndDataComesOutAsItWentIn() throws Exception {
        List<CloudEvent> events = List.of(
                CloudEventBuilder.v1()
                        .withId("all")
                        .withSource(URI.create("urn:x:\u00fc"))
                        .withType("t")
                        .withSubject("Gr\u00f6\u00dfe '\"\\ {},NULL \ud83d\ude80")
                        .withTime(OffsetDateTime.parse("2024-02-29T23:59:59.123456789+05:30"))
                        .withData("application/json", URI.create("https://x/y#z"), "{\"a\":1}".getBytes())
                        .withExtension("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
                        .withExtension("text", "NULL")
                        .withExtension("empty", "")
                        .withExtension("number", Integer.MIN_VALUE)
                        .withExtension("flag", false)
                        .withExtension("uri", URI.create("a/b"))
                        .withExtension("at", OffsetDateTime.parse("2024-01-01T00:00Z"))
                        .withExtension("bytes", new byte[] {0, -1, 1})
                        .build(),
                CloudEventBuilder.v1()
                        .withId("least")
                        .withSource(URI.create("s"))
                        .withType("t")
                        .build(),
                CloudEventBuilder.v1()
                        .withId("empty data")
                        .withSource(URI.create("s"))
                        .withType("t")
                        .withData(new byte[0])
                        .withTime(OffsetDateTime.parse("0001-01-01T00:00:00Z"))
                        .build(),
                CloudEventBuilder.v1()
                        .withId("binary data")
                        .withSource(URI.create("s"))
                        .withType("t")
                        .withData(new byte[] {0, 1, 2, (byte) 0x80, (byte) 0xFF, '\\', '"', '{'})
                        .withTime(OffsetDateTime.parse("9999-12-31T23:59:59.999999Z"))
                        .build());
        Outbox outbox = outbox(Pool.LOCAL);
        jta.transaction(() -> outbox.publish(ORDERS, events));
        List<CloudEvent> read = new JdbcEventLog(db.dataSource(), Duration.ZERO)
                .read(ORDERS, 0, Long.MAX_VALUE, 100, 1 << 20).entries().stream()
                        .map(LogEntry::toCloudEvent)
                        .toList();
        // field by field: CloudEvent.equals compares binary extensions by identity
        assertThat(read).usingRecursiveComparison().isEqualTo(events);
    }

    @Test
    void theLockTimeoutHoldsForTheInsertOnly() throws Exception {
        Outbox outbox = outbox(
                Pool.LOCAL, new OutboxSettings(1000, 1234, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24));
        jta.transaction(() -> {
            try (Connection connection = jta.local().getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("set local lock_timeout = '77s'");
                outbox.publishNow(ORDERS, event("1", "a"));
                try (var row = statement.executeQuery("show lock_timeout")) {
                    row.next();
                    assertThat(row.getString(1)).isEqualTo("77s");
                }
            }
        });
    }

    @Test
    void whileASubjectIsLockedNoPositionIsDrawn() throws Exception {
        assertNothingDrawnWhileBlocked(List.of(event("1", "free"), event("2", "hot")));
    }

    @Test
    void whileItsSubjectIsLockedNoPositionIsDrawnForAnEventThatIsAlone() throws Exception {
        assertNothingDrawnWhileBlocked(List.of(event("1", "hot")));
    }

    @Test
    void aBatchOfSeveralStatementsTakesAllItsLocksBeforeItDrawsAPosition() throws Exception {
        List<CloudEvent> events = new ArrayList<>(IntStream.range(0, 2_500)
                .mapToObj(i -> event("e" + i, "s" + i % 7))
                .toList());
        events.add(event("last", "hot"));
        assertNothingDrawnWhileBlocked(events);
        assertThat(ids(ORDERS)).isEqualTo(events.stream().map(CloudEvent::getId).toList());
    }

    private void assertNothingDrawnWhileBlocked(List<CloudEvent> events) throws Exception {
        Outbox outbox = outbox(
                Pool.LOCAL, new OutboxSettings(1000, 60_000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24));
        Future<Void> publisher;
        try (Connection blocker = db.dataSource().getConnection();
                Statement statement = blocker.createStatement()) {
            blocker.setAutoCommit(false);
            statement.execute(
                    "select pg_advisory_xact_lock('postevent.orders'::regclass::oid::int, hashtext('hot') & 1023)");
            publisher = threads.submit(() -> {
                jta.transaction(() -> outbox.publish(ORDERS, events));
                return null;
            });
            awaitAdvisoryWaiters(1);
            assertThat(drawn(ORDERS))
                    .as("positions drawn while a lock is missing")
                    .isZero();
            blocker.rollback();
        }
        publisher.get(30, TimeUnit.SECONDS);
        assertThat(drawn(ORDERS)).isEqualTo(events.size());
        assertThat(ids(ORDERS)).hasSize(events.size());
    }

    @Test
    void anInnerTransactionToTheSameSubjectGivesUpInsteadOfWaitingForItself() throws Exception {
        Outbox outbox = outbox(
                Pool.LOCAL, new OutboxSettings(1000, 300, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24));
        jta.transaction(() -> {
            outbox.publishNow(ORDERS, event("outer", "a"));
            var outer = jta.transactionManager().suspend();
            long start = System.nanoTime();
            assertThatThrownBy(() -> jta.transaction(() -> outbox.publish(ORDERS, List.of(event("inner", "a")))))
                    .isInstanceOf(RollbackException.class)
                    .hasStackTraceContaining(TransientFailureException.class.getName() + ": PSTEV31022")
                    .hasStackTraceContaining("300ms")
                    .hasStackTraceContaining("'a'");
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofMillis(290), Duration.ofSeconds(20));
            jta.transactionManager().resume(outer);
        });
        assertThat(ids(ORDERS)).containsExactly("outer");
    }

    @Test
    void anotherSubjectOfTheSameLockIsNotCalledTheSame() throws Exception {
        String other = db.text("select min('s' || g) from generate_series(1, 100000) g"
                + " where hashtext('s' || g) & 1023 = hashtext('a') & 1023");
        Outbox outbox = outbox(
                Pool.LOCAL, new OutboxSettings(1000, 300, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24));
        outbox.nameHolders(threads);
        jta.transaction(() -> {
            outbox.publishNow(ORDERS, event("outer", "a"));
            var outer = jta.transactionManager().suspend();
            assertThatThrownBy(() -> jta.transaction(() -> outbox.publish(ORDERS, List.of(event("inner", other)))))
                    .hasStackTraceContaining("PSTEV31022")
                    .hasStackTraceContaining("to the same subject ('" + other + "'), to another one of the same lock"
                            + " (there are 1024 for all subjects of a topic)")
                    .hasStackTraceContaining("held by pid ");
            jta.transactionManager().resume(outer);
        });
        assertThat(ids(ORDERS)).containsExactly("outer");
    }

    /** Advisory locks are anybody's who may connect to the database. */
    @Test
    void aStrangerThatHoldsASubjectIsNamed() throws Exception {
        String login = db.name() + "_stranger";
        db.execute("create role " + login + " login password 'x'");
        String bucket = db.text("select 'postevent.orders'::regclass::oid::int || ', ' || (hashtext('hot') & 1023)");
        PostgresFixture.Db stranger = new PostgresFixture.Db(db.jdbcUrl(), login, "x", db.name());
        assertNamed(stranger, "select pg_advisory_xact_lock(" + bucket + ")", event("1", "hot"));
        assertNamed(stranger, "select pg_advisory_lock(" + bucket + ")", event("1", "cold"), event("2", "hot"));
    }

    @Test
    void whoeverHasLockedTheTableIsNamed() throws Exception {
        assertNamed(db, "lock table postevent.orders in share mode", event("1", null));
    }

    private void assertNamed(PostgresFixture.Db holder, String sql, CloudEvent... events) throws Exception {
        Outbox outbox = outbox(
                Pool.LOCAL, new OutboxSettings(1000, 300, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24));
        outbox.nameHolders(threads);
        try (Connection connection = holder.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(sql);
            int pid = connection.unwrap(PGConnection.class).getBackendPID();
            assertThatThrownBy(() -> jta.transaction(() -> {
                        // for a lock on the table, which is waited for before a statement can say how long
                        execute(Pool.LOCAL, "set local lock_timeout = '300ms'");
                        outbox.publish(ORDERS, List.of(events));
                    }))
                    .hasStackTraceContaining("PSTEV31022")
                    .hasStackTraceContaining("held by pid " + pid + " (login '" + holder.user() + "', application '");
            connection.rollback();
        }
        assertNoConnectionIsLeft(Pool.LOCAL);
    }

    @Test
    void anEventThatSomebodyElseHasPutThereInAnOpenTransactionIsToldFromAHeldSubject() throws Exception {
        Outbox outbox = outbox(
                Pool.LOCAL, new OutboxSettings(1000, 300, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24));
        CloudEvent twin = event("twin", "a");
        try (Connection other = db.dataSource().getConnection();
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute(
                    "insert into postevent.orders (id, source, type) values ('twin', '" + twin.getSource() + "', 't')");
            assertThatThrownBy(() -> jta.transaction(() -> outbox.publishNow(ORDERS, twin)))
                    .hasStackTraceContaining("PSTEV31034")
                    .hasStackTraceContaining("id 'twin'")
                    .hasStackTraceContaining("300ms");
            other.rollback();
        }
        jta.transaction(() -> outbox.publishNow(ORDERS, twin));
        assertThat(ids(ORDERS)).containsExactly("twin");
    }

    @Test
    void subjectsPublishedInOppositeOrderDoNotDeadlock() throws Exception {
        Outbox outbox = outbox(
                Pool.LOCAL, new OutboxSettings(1000, 60_000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24));
        CyclicBarrier together = new CyclicBarrier(2);
        AtomicLong ids = new AtomicLong();
        Publishing oneByOne = events -> events.forEach(event -> outbox.publish(ORDERS, List.of(event)));
        Callable<Void> forwards = () -> rounds(oneByOne, together, ids, List.of("a", "b", "c", "d"));
        Callable<Void> backwards = () -> rounds(oneByOne, together, ids, List.of("d", "c", "b", "a"));
        for (Future<Void> result : threads.invokeAll(List.of(forwards, backwards))) {
            result.get();
        }
        assertThat(ids(ORDERS)).hasSize(2 * 100 * 4);
    }

    @Test
    void batchesWrittenAtOnceInOppositeOrderDoNotDeadlock() throws Exception {
        Outbox outbox = outbox(
                Pool.LOCAL, new OutboxSettings(1000, 60_000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24));
        CyclicBarrier together = new CyclicBarrier(2);
        AtomicLong ids = new AtomicLong();
        Publishing atOnce = events -> outbox.publishAllNow(ORDERS, events);
        Callable<Void> forwards = () -> rounds(atOnce, together, ids, List.of("a", "b", "c", "d"));
        Callable<Void> backwards = () -> rounds(atOnce, together, ids, List.of("d", "c", "b", "a"));
        for (Future<Void> result : threads.invokeAll(List.of(forwards, backwards))) {
            result.get();
        }
        assertThat(ids(ORDERS)).hasSize(2 * 100 * 4);
    }

    /** A way to publish. */
    @FunctionalInterface
    private interface Publishing {
        void publish(List<CloudEvent> events);
    }

    private Void rounds(Publishing publishing, CyclicBarrier together, AtomicLong ids, List<String> subjects)
            throws Exception {
        for (int round = 0; round < 100; round++) {
            together.await(30, TimeUnit.SECONDS);
            jta.transaction(() -> publishing.publish(subjects.stream()
                    .map(subject -> event("e" + ids.incrementAndGet(), subject))
                    .toList()));
        }
        return null;
    }

    @Test
    void positionOrderIsCommitOrderOfASubject() throws Exception {
        Outbox outbox = outbox(
                Pool.LOCAL, new OutboxSettings(1000, 60_000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24));
        AtomicLong ids = new AtomicLong();
        Callable<List<long[]>> publisher = () -> {
            List<long[]> seen = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                jta.transaction(() -> {
                    long position = at(outbox.publishNow(ORDERS, event("e" + ids.incrementAndGet(), "hot")));
                    try (Connection connection = jta.local().getConnection();
                            Statement statement = connection.createStatement();
                            var row = statement.executeQuery(
                                    "select count(*) from postevent.orders where idn < " + position)) {
                        row.next();
                        seen.add(new long[] {position, row.getLong(1)});
                    }
                });
            }
            return seen;
        };
        List<long[]> seen = new ArrayList<>();
        for (Future<List<long[]>> result : threads.invokeAll(List.of(publisher, publisher, publisher, publisher))) {
            seen.addAll(result.get());
        }
        assertThat(seen).hasSize(400);
        long[] committed = Arrays.stream(db.text("select string_agg(idn::text, ' ' order by idn) from postevent.orders")
                        .split(" "))
                .mapToLong(Long::parseLong)
                .toArray();
        // whatever ended up below a position was committed before that position was drawn
        assertThat(seen)
                .allSatisfy(look -> assertThat(look[1])
                        .as("committed below " + look[0])
                        .isEqualTo(Arrays.stream(committed)
                                .filter(position -> position < look[0])
                                .count()));
    }

    @Test
    void aRowThatVanishesInATriggerIsNotTakenForPublished() {
        db.execute(
                "create function drop_it() returns trigger language plpgsql as 'begin return null; end'",
                "create trigger drop_it before insert on postevent.orders for each row execute function drop_it()");
        Outbox outbox = outbox(Pool.LOCAL);
        assertThatThrownBy(() -> jta.transaction(() -> outbox.publish(ORDERS, List.of(event("1", "a")))))
                .isInstanceOf(RollbackException.class)
                .hasStackTraceContaining("PSTEV31025");
    }

    @Test
    void aDataSourceOutsideOfTheTransactionIsRefused() throws Exception {
        Outbox outbox = new Outbox(
                new OutboxSettings(1000, 1000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24),
                db.dataSource(),
                jta.registry(),
                jta.userTransaction(),
                TOPICS);
        jta.rolledBack(() -> assertThatThrownBy(() -> outbox.publish(ORDERS, List.of(event("1", "a"))))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV31005"));
        assertThat(ids(ORDERS)).isEmpty();
    }

    @Test
    void aMissingTableIsNamed() {
        db.execute("drop table postevent.orders");
        Outbox outbox = outbox(Pool.XA);
        assertThatThrownBy(() -> jta.transaction(() -> outbox.publish(ORDERS, List.of(event("1", "a")))))
                .isInstanceOf(RollbackException.class)
                .hasStackTraceContaining("PSTEV31023")
                .hasStackTraceContaining("postevent.\"orders\"");
        assertNoConnectionIsLeft(Pool.XA);
    }

    @Test
    void aRoleThatMayOnlyPublishIsEnough() throws Exception {
        String role = db.name() + "_publisher";
        db.execute(
                "create role " + role + " login password 'x'",
                "grant usage on schema postevent to " + role,
                "grant insert (id, source, type, datacontenttype, dataschema, subject, data, time, traceparent, extensions),"
                        + " select (idn) on postevent.orders to " + role);
        try (JtaFixture restricted = JtaFixture.over(new PostgresFixture.Db(db.jdbcUrl(), role, "x", db.name()))) {
            Outbox outbox = new Outbox(
                    new OutboxSettings(1000, 1000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24),
                    restricted.local(),
                    restricted.registry(),
                    restricted.userTransaction(),
                    TOPICS);
            restricted.transaction(() -> outbox.publish(ORDERS, List.of(event("1", "a"))));
            assertThatThrownBy(() -> restricted.transaction(() -> outbox.publish(INVOICES, List.of(event("1", "a")))))
                    .hasStackTraceContaining("PSTEV31026");
        }
        assertThat(ids(ORDERS)).containsExactly("1");
    }

    /**
     * What publish has taken is published if the transaction commits, though publishNow wrote it behind a savepoint that the
     * application went back to.
     */
    @ParameterizedTest
    @EnumSource
    void aSavepointDoesNotTakeBackWhatPublishHasTaken(Pool pool) throws Exception {
        Outbox outbox = outbox(pool);
        jta.transaction(() -> {
            outbox.publish(ORDERS, List.of(event("a", "s")));
            outbox.publish(INVOICES, List.of(event("other", "s")));
            execute(pool, "savepoint before_now");
            outbox.publishNow(ORDERS, event("b", "s"));
            execute(pool, "rollback to savepoint before_now");
        });
        assertThat(ids(ORDERS)).containsExactly("a");
        assertThat(ids(INVOICES)).containsExactly("other");
        assertNoConnectionIsLeft(pool);
    }

    @ParameterizedTest
    @EnumSource
    void whatASavepointTookBackIsWrittenAnewInItsOrder(Pool pool) throws Exception {
        Outbox outbox = outbox(pool);
        List<Publication> first = new ArrayList<>();
        jta.transaction(() -> {
            first.addAll(outbox.publish(ORDERS, List.of(event("a", "s"))));
            execute(pool, "savepoint before_now");
            outbox.publishNow(ORDERS, event("b", "s"));
            outbox.publish(ORDERS, List.of(event("c", "s")));
            execute(pool, "rollback to savepoint before_now");
            outbox.publishNow(ORDERS, event("d", "s"));
            execute(pool, "savepoint after_now");
            outbox.publishNow(ORDERS, event("e", "s"));
            execute(pool, "rollback to savepoint after_now");
            outbox.publish(ORDERS, List.of(event("f", "s")));
        });
        assertThat(ids(ORDERS)).containsExactly("a", "c", "d", "f");
        assertThat(db.number("select idn from postevent.orders where id = 'a'"))
                .as("where it was written last")
                .isEqualTo(at(first.get(0)));
        assertNoConnectionIsLeft(pool);
    }

    @ParameterizedTest
    @EnumSource
    void whatASavepointDidNotTakeBackIsThereOnce(Pool pool) throws Exception {
        Outbox outbox = outbox(pool);
        jta.transaction(() -> {
            outbox.publish(ORDERS, List.of(event("a", "s")));
            outbox.publishNow(ORDERS, event("b", "s"));
            execute(pool, "savepoint after_now");
            business(pool, "taken back");
            execute(pool, "rollback to savepoint after_now");
        });
        assertThat(ids(ORDERS)).containsExactly("a", "b");
        assertThat(db.text("select name from business")).isNull();
        assertNoConnectionIsLeft(pool);
    }

    /** 20 events of a kilobyte where four may wait: positions are drawn on the way, and all are there at the end, in their order. */
    @ParameterizedTest
    @EnumSource
    void aLongTransactionWritesInChunks(Pool pool) throws Exception {
        Outbox outbox =
                outbox(pool, new OutboxSettings(1 << 20, 5_000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 4_000));
        List<String> expected = new ArrayList<>();
        jta.transaction(() -> {
            for (int i = 0; i < 20; i++) {
                expected.add("e" + i);
                outbox.publish(ORDERS, List.of(kilobyte("e" + i)));
            }
            assertThat(drawn(ORDERS)).as("positions drawn before the commit").isBetween(12L, 20L);
            assertThat(ids(ORDERS)).as("before the commit").isEmpty();
            outbox.publish(INVOICES, List.of(event("other", "s")));
        });
        assertThat(ids(ORDERS)).containsExactlyElementsOf(expected);
        assertThat(ids(INVOICES)).containsExactly("other");
        assertNoConnectionIsLeft(pool);
    }

    /** They are not at hand any more: what cannot be written anew must not be lost in silence. */
    @ParameterizedTest
    @EnumSource
    void aChunkThatASavepointTookBackRollsTheTransactionBack(Pool pool) throws Exception {
        Outbox outbox =
                outbox(pool, new OutboxSettings(1 << 20, 5_000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1_000));
        assertThatThrownBy(() -> jta.transaction(() -> {
                    outbox.publishNow(ORDERS, event("now", "s"));
                    execute(pool, "savepoint before_chunk");
                    outbox.publish(ORDERS, List.of(kilobyte("chunk")));
                    execute(pool, "rollback to savepoint before_chunk");
                }))
                .isInstanceOf(RollbackException.class)
                .hasStackTraceContaining("PSTEV31031");
        assertThat(ids(ORDERS)).isEmpty();
        assertNoConnectionIsLeft(pool);
    }

    private static CloudEvent kilobyte(String id) {
        return CloudEventBuilder.v1(event(id, "s")).withData(new byte[1000]).build();
    }

    private void execute(Pool pool, String sql) throws SQLException {
        try (Connection connection = pool.of(jta).getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private Outbox outbox(Pool pool) {
        return outbox(pool, new OutboxSettings(1 << 20, 5_000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24));
    }

    private Outbox outbox(Pool pool, OutboxSettings settings) {
        return new Outbox(settings, pool.of(jta), jta.registry(), jta.userTransaction(), TOPICS);
    }

    private void business(Pool pool, String name) throws SQLException {
        try (Connection connection = pool.of(jta).getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("insert into business values ('" + name + "')");
        }
    }

    private void beforeCompletion(Runnable work) {
        jta.registry().registerInterposedSynchronization(new Synchronization() {
            @Override
            public void beforeCompletion() {
                work.run();
            }

            @Override
            public void afterCompletion(int status) {
                // nothing to do
            }
        });
    }

    private List<String> ids(TopicName topic) {
        String ids = db.text("select string_agg(id, '|' order by idn) from " + topic.table());
        return ids == null ? List.of() : List.of(ids.split("\\|"));
    }

    private long drawn(TopicName topic) {
        return db.number("select case when is_called then last_value else 0 end from postevent." + topic + "_idn_seq");
    }

    private void awaitAdvisoryWaiters(int count) {
        await().atMost(Duration.ofMinutes(4))
                .until(
                        () -> db.number("select count(*) from pg_locks where locktype = 'advisory' and not granted"
                                + " and database = (select oid from pg_database where datname = current_database())"),
                        waiting -> waiting == count);
    }

    private void assertNoConnectionIsLeft(Pool pool) {
        var metrics = ((AgroalDataSource) pool.of(jta)).getMetrics();
        assertThat(metrics.activeCount()).as("connections not given back").isZero();
    }

    /** A second resource that looks into the database when it is asked to prepare, and may refuse. */
    private final class Veto extends IdleXaResource {
        private final boolean refuse;
        private long preparedSeen = -1;

        private Veto(boolean refuse) {
            this.refuse = refuse;
        }

        @Override
        public int prepare(Xid xid) throws XAException {
            preparedSeen = db.number("select count(*) from pg_prepared_xacts where database = current_database()");
            if (refuse) {
                throw new XAException(XAException.XA_RBROLLBACK);
            }
            return XA_OK;
        }
    }
}
