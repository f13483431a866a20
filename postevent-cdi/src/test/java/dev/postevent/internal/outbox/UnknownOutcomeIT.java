package dev.postevent.internal.outbox;

import static dev.postevent.internal.eventlog.Events.ORDERS;
import static dev.postevent.internal.eventlog.Events.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.postevent.PosteventException;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.outbox.OutboxSettings.When;
import dev.postevent.internal.outbox.OutboxSettings.WithoutTransaction;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.testing.IdleXaResource;
import dev.postevent.testing.JtaFixture;
import dev.postevent.testing.PostgresFixture;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import javax.transaction.xa.XAException;
import javax.transaction.xa.Xid;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** G1 and G10 where a publisher's connection is lost between the decision to commit and the answer. */
final class UnknownOutcomeIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private static PostgresFixture cluster;

    private PostgresFixture.Db db;

    @BeforeAll
    static void start() {
        cluster = PostgresFixture.own("synchronous_standby_names", "nobody", "synchronous_commit", "local");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @BeforeEach
    void open() {
        db = cluster.newDatabase();
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(ORDERS));
    }

    /** Where commits wait for a standby that is away. */
    private PostgresFixture.Db waiting() {
        return new PostgresFixture.Db(
                db.jdbcUrl() + "?options=-c%20synchronous_commit=on", db.user(), db.password(), db.name());
    }

    private static Outbox outbox(JtaFixture jta, DataSource dataSource) {
        return new Outbox(
                new OutboxSettings(1 << 20, 5_000, When.BEFORE_COMMIT, WithoutTransaction.OWN, 1 << 24),
                dataSource,
                jta.registry(),
                jta.userTransaction(),
                List.of(ORDERS));
    }

    private void terminate(String who) {
        db.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                + " and pid <> pg_backend_pid() and " + who);
    }

    private long there() {
        return db.number("select count(*) from postevent.orders");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAnswerThatIsLostAtTheCommitIsNotSaidToBeARollback(boolean xa) throws Exception {
        try (JtaFixture jta = JtaFixture.over(waiting())) {
            Outbox outbox = outbox(jta, xa ? jta.xa() : jta.local());
            CompletableFuture<Throwable> failure = CompletableFuture.supplyAsync(() ->
                    catchThrowable(() -> outbox.publish(ORDERS, List.of(event("1", "a")))));
            await().atMost(LONG)
                    .until(() -> db.number("select count(*) from pg_stat_activity where wait_event = 'SyncRep'"
                                    + " and datname = current_database()")
                            == 1);
            terminate("wait_event = 'SyncRep'");
            assertThat(failure.get(LONG.toSeconds(), TimeUnit.SECONDS))
                    .isInstanceOfSatisfying(
                            PosteventException.class,
                            lost -> assertThat(lost.isTransient())
                                    .as("run again, another id would be a second event")
                                    .isFalse())
                    .hasMessageContaining("PSTEV31030")
                    .hasMessageContaining("may be there all the same");
            assertThat(there()).isEqualTo(1);
        }
        try (JtaFixture jta = JtaFixture.over(db)) {
            assertThatThrownBy(() -> outbox(jta, jta.local()).publish(ORDERS, List.of(event("1", "a"))))
                    .as("as the message says of a second one")
                    .hasMessageContaining("PSTEV31021");
        }
    }

    @Test
    void aBranchWhoseBackendEndedAfterItWasPreparedStaysPreparedAndIsNamed() throws Exception {
        try (JtaFixture jta = JtaFixture.over(db)) {
            Outbox outbox = outbox(jta, jta.xa());
            Throwable told = catchThrowable(() -> jta.transaction(() -> {
                outbox.publish(ORDERS, List.of(event("1", "a")));
                jta.transactionManager().getTransaction().enlistResource(new Terminator());
            }));
            db.execute("insert into postevent.orders (id, source, type) values ('2', 'urn:test', 't')");

            JdbcEventLog log = new JdbcEventLog(db.dataSource(), Duration.ZERO);
            Range range = log.read(ORDERS, 0, Long.MAX_VALUE, 10, 1 << 20);
            String branch = db.text("select gid from pg_prepared_xacts where database = current_database()");
            assertThat(branch).as("whatever the publisher was told: " + told).isNotNull();
            assertThat(range.settledThrough()).isZero();
            assertThat(range.blocker()).startsWith("prepared transaction '" + branch.substring(0, 60));

            db.execute("commit prepared '" + branch + "'");
            assertThat(log.read(ORDERS, 0, Long.MAX_VALUE, 10, 1 << 20).entries())
                    .extracting(LogEntry::id)
                    .containsExactly("1", "2");
        }
    }

    /** A second resource. Asked to prepare, after the other one was, it ends the backend of that. */
    private final class Terminator extends IdleXaResource {
        @Override
        public int prepare(Xid xid) {
            assertThat(db.number("select count(*) from pg_prepared_xacts where database = current_database()"))
                    .isEqualTo(1);
            terminate("true");
            return XA_OK;
        }

        @Override
        public void rollback(Xid xid) throws XAException {
            throw new XAException(XAException.XAER_PROTO);
        }
    }
}
