package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.internal.outbox.JdbcEventLog;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;

/** What each role of the script may not do. That an application works with them, its tests show when run with {@code test.roles}. */
class LeastPrivilegeIT {
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final LeastPrivilege logins = new LeastPrivilege(db);

    @BeforeEach
    void prepare() {
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
                postevent_publisher   | select * from postevent_internal.holders('orders')
                postevent_consumer    | select * from postevent_internal.holders('orders')
                postevent_consumer    | select id from postevent.orders
                postevent_consumer    | insert into postevent.orders (id, source, type) values ('a', 's', 't')
                postevent_consumer    | drop table postevent_inbox.messages
                postevent_replication | select id from postevent.orders
                postevent_replication | select * from postevent_inbox.messages
                """)
    void isRefused(String role, String sql) throws SQLException {
        try (Connection connection = db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set role " + role);
            assertThatThrownBy(() -> statement.execute(sql))
                    .isInstanceOfSatisfying(
                            SQLException.class,
                            e -> assertThat(e.getSQLState()).as(e.getMessage()).isEqualTo(INSUFFICIENT_PRIVILEGE));
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
            TopicName orders = new TopicName("orders");

            assertThat(log.read(orders, 0, 10, 10, 1000).blocker())
                    .as("as seen by an owner with no further right")
                    .matches("pid \\d+ \\(application 'another application'\\)");

            String owner = logins.asOwner().user();
            db.execute("grant pg_read_all_stats to " + owner);
            try {
                assertThat(log.read(orders, 0, 10, 10, 1000).blocker())
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
}
