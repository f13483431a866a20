package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.Operator;
import dev.postevent.ParkNowException;
import dev.postevent.Resources;
import dev.postevent.StatusReport.FeedStatus;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.Handbook;
import dev.postevent.testing.Handbook.Command;
import dev.postevent.testing.Handbook.When;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The commands of the handbook, word by word, against a server that is set up as the handbook says, with its roles, and an application at
 * work: well, in trouble, stopped, prepared for a failover, and under another name in the end.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HandbookIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    /** A check may be asked while the application has just begun. */
    private static final Duration CHECK = Duration.ofSeconds(30);

    private static final Path SQL = Path.of("..", "server-config", "src", "main", "resources", "postgresql");
    private static final String PASSWORD = "x";
    private static final int FEED_CONNECTIONS = 5;
    private static final String CONSUMER =
            "select postevent_internal.report_mark('orders', 'cert:warehouse', 'warehouse', 1, 100)";

    private static PostgresFixture cluster;
    private static int version;
    private static App app;
    private static Trouble trouble;

    @ApplicationScoped
    public static class Billing {
        @Inject
        Resources resources;

        @Subscription("billing")
        void bill(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            if ("bad".equals(event.getSubject())) {
                throw new ParkNowException("there is no such customer");
            }
            EffectTable.write(resources, "billing", event, delivery);
        }
    }

    @BeforeAll
    static void setUp() throws Exception {
        List<String> settings = new ArrayList<>(Handbook.settings());
        settings.addAll(List.of("fsync", "on", "full_page_writes", "on"));
        cluster = PostgresFixture.own(settings.toArray(String[]::new));
        version = Integer.parseInt(cluster.newDatabase().text("show server_version_num")) / 10_000;
        CommandRun.all(cluster, When.SETUP, version, Map.of("password", PASSWORD));
        PostgresFixture.Db owner = login("shop_owner");
        Schema schema = new Schema(owner.dataSource(), Schema.Mode.CREATE);
        schema.prepareOutbox(List.of(new TopicName("orders")));
        schema.prepareInbox();
        owner.execute(Files.readString(SQL.resolve("roles.sql")));
        CommandRun.all(cluster, When.SETUP_WITH_TABLES, version, Map.of("password", PASSWORD));
        owner.execute(EffectTable.DDL, "grant select, insert on effect to shop");
        holdTheFeedToItsDatabase();
        app = start("shop");
        publish("first", 20);
        await().atMost(LONG).until(() -> effects("first") == 20);
        owner.execute(CONSUMER);
        trouble = new Trouble(login("postgres"));
    }

    private static void holdTheFeedToItsDatabase() throws IOException {
        Path file = cluster.dataDirectory().resolve("pg_hba.conf");
        String lines = Files.readString(SQL.resolve("pg_hba.conf")).replace("10.0.0.0/8", "127.0.0.1/32");
        Files.writeString(file, lines + Files.readString(file));
        cluster.execute("select pg_reload_conf()");
    }

    @AfterAll
    static void end() {
        if (trouble != null) {
            trouble.close();
        }
        if (app != null) {
            app.close();
        }
        cluster.close();
    }

    private static PostgresFixture.Db login(String name) {
        return CommandRun.login(cluster, name, "shop");
    }

    private static App start(String application) {
        return App.over(login("shop"))
                .with("postevent.application", application)
                .with("postevent.schema", "validate")
                .with("postevent.inbox.mode", "copy")
                .with("postevent.feed.user", "shop_feed")
                .with("postevent.feed.password", PASSWORD)
                .beans(Billing.class)
                .start();
    }

    /** Until the server has let go of its slot. */
    private static void stop() {
        app.close();
        await().atMost(LONG)
                .until(() -> login("postgres").number("select count(*) from pg_replication_slots where active") == 0);
    }

    private static void publish(String prefix, int count) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (int i = 0; i < count; i++) {
            String type = prefix + i;
            app.jta()
                    .transaction(() -> orders.event(type)
                            .id(type)
                            .subject("s" + type.length())
                            .publish());
        }
    }

    private static long effects(String prefix) {
        return login("shop_owner").number("select count(*) from effect where event like '" + prefix + "%'");
    }

    private static boolean streams() {
        FeedStatus feed = app.get(Subscriptions.class).report().feeds().get(0);
        return feed.state() == FeedStatus.State.STREAMING;
    }

    private static void goesOn(String prefix) throws Exception {
        publish(prefix, 5);
        await().atMost(LONG).until(() -> effects(prefix) == 5);
        await().atMost(LONG).until(HandbookIT::streams);
        Subscriptions subscriptions = app.get(Subscriptions.class);
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(subscriptions.report().faults()).isEmpty());
    }

    static List<Command> running() {
        return Handbook.commands(When.RUNNING, version);
    }

    static List<Command> inTrouble() {
        return Handbook.commands(When.IN_TROUBLE, version);
    }

    @Order(1)
    @ParameterizedTest
    @MethodSource("running")
    void whereAllIsWell(Command command) {
        await().atMost(LONG).until(HandbookIT::streams);
        await().atMost(CHECK).untilAsserted(() -> CommandRun.once(cluster, command, Map.of()));
    }

    /** As the formulas of "Connections" and "Threads" have it: one subscription of four lanes at once, one topic and one publisher. */
    @Order(2)
    @Test
    void aNodeAtWorkHasNoMoreConnectionsAndThreadsThanIsSaid() throws Exception {
        String pool = "select count(*) from pg_stat_activity where usename = 'shop'";
        String feed = "select coalesce(string_agg(application_name, ', '), '') from pg_stat_activity"
                + " where usename = 'shop_feed'";
        for (int i = 0; i < 40; i++) {
            publish("many" + i + "-", 5);
            assertThat(login("postgres").number(pool)).isBetween(1L, 1L + 4 + 2 + 1 + 9);
            assertThat(login("postgres").text(feed).split(", ")).hasSizeBetween(2, FEED_CONNECTIONS);
            assertThat(app.threads()).isBetween(4, 4 + 2 + 1 + 12);
        }
        await().atMost(LONG).until(() -> effects("many") == 200);
    }

    @Order(3)
    @ParameterizedTest
    @MethodSource("inTrouble")
    void whereItIsInTrouble(Command command) throws Exception {
        Map<String, String> values = trouble.ensure(app);
        CommandRun.once(cluster, command, values);
    }

    @Order(4)
    @Test
    void whenTheTroubleIsOverAllIsHandled() throws Exception {
        trouble.end(app);
        goesOn("over");
    }

    @Order(5)
    @Test
    void whatIsRunWhileItIsStoppedLosesNothing() throws Exception {
        stop();
        login("shop_owner").execute(CONSUMER);
        CommandRun.all(cluster, When.STOPPED, version, Map.of());
        login("shop_owner")
                .execute(
                        "insert into postevent.orders (id, source, type, subject) values ('away', 'urn:test', 't', 's')");
        app = start("shop");
        await().atMost(LONG).until(() -> effects("away") == 1);
        goesOn("stopped");
    }

    /** Before PostgreSQL 17 there is nothing to be run, and the application goes on. */
    @Order(6)
    @Test
    void aSlotThatIsMadeForFailoverIsTheOneThatStreams() throws Exception {
        stop();
        CommandRun.all(cluster, When.FOR_FAILOVER, version, Map.of());
        app = start("shop");
        goesOn("failover");
        for (Command command : Handbook.commands(When.MADE_FOR_FAILOVER, version)) {
            await().atMost(CHECK).untilAsserted(() -> CommandRun.once(cluster, command, Map.of()));
        }
        assertThat(Handbook.commands(When.MADE_FOR_FAILOVER, 17)).isNotEmpty();
    }

    @Order(7)
    @Test
    void anApplicationThatIsRenamedGoesOn() throws Exception {
        stop();
        long before = effects("");
        CommandRun.all(cluster, When.RENAMING, version, Map.of());
        app = start("store");
        goesOn("renamed");
        assertThat(effects("")).as("nothing again").isEqualTo(before + 5);
    }

    /** What goes wrong in the night: a publisher that hangs, one that waits for it, a prepared transaction, a parked event. */
    private static final class Trouble implements AutoCloseable {
        private static final String INSERT = "insert into postevent.orders (id, source, type, subject) values ('";
        private static final Operator ANNA = Operator.of("anna", "to see what is held");

        private final PostgresFixture.Db superuser;
        private String position;
        private int times;
        private Connection careless;
        private Connection waiting;
        private Thread waiter;

        Trouble(PostgresFixture.Db superuser) {
            this.superuser = superuser;
        }

        /** All that is wrong, where it is not any more. */
        Map<String, String> ensure(App app) throws Exception {
            if (position == null) {
                parkOne(app);
            }
            if (superuser.number("select count(*) from pg_prepared_xacts") == 0) {
                superuser.execute("begin", INSERT + "stuck', 'urn:test', 't', null)", "prepare transaction 'stuck'");
            }
            if (careless == null || !careless.isValid(5)) {
                close();
                careless = superuser.dataSource().getConnection();
                careless.setAutoCommit(false);
                times++;
                insert(careless);
                letOneWait();
            }
            superuser.execute(CONSUMER);
            return Map.of(
                    "gid", "stuck", "pid", String.valueOf(backend(careless)), "position", String.valueOf(position));
        }

        private void parkOne(App app) throws Exception {
            EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
            app.jta()
                    .transaction(
                            () -> orders.event("t").id("bad").subject("bad").publish());
            Subscriptions subscriptions = app.get(Subscriptions.class);
            await().atMost(LONG).until(() -> subscriptions.status().get(0).parked() == 1);
            position = superuser.text("select idn from postevent.orders where id = 'bad'");
            subscriptions.pause("billing", ANNA);
            subscriptions.resume("billing", ANNA);
        }

        private void letOneWait() throws Exception {
            waiting = superuser.dataSource().getConnection();
            Connection second = waiting;
            waiter = new Thread(() -> {
                try {
                    insert(second);
                } catch (SQLException e) {
                    throw new IllegalStateException(e);
                }
            });
            waiter.start();
            int pid = backend(second);
            await().atMost(LONG)
                    .until(() -> superuser.number("select cardinality(pg_blocking_pids(" + pid + "))") == 1);
        }

        /** The same event as the other one, which waits until it is known whether that is there. */
        private void insert(Connection connection) throws SQLException {
            try (Statement statement = connection.createStatement()) {
                statement.execute(INSERT + "twice" + times + "', 'urn:test', 't', null)");
            }
        }

        private static int backend(Connection connection) throws SQLException {
            return connection.unwrap(org.postgresql.PGConnection.class).getBackendPID();
        }

        void end(App app) {
            app.get(Subscriptions.class).skip("billing", Long.parseLong(position), ANNA);
            close();
            if (superuser.number("select count(*) from pg_prepared_xacts") > 0) {
                superuser.execute("rollback prepared 'stuck'");
            }
        }

        @Override
        public void close() {
            try {
                if (careless != null) {
                    careless.close();
                }
                if (waiting != null) {
                    waiter.join();
                    waiting.close();
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
