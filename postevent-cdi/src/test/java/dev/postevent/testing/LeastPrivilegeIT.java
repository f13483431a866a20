package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each role of the script may not do. That an application works with them, its tests show when run with {@code test.roles}. */
class LeastPrivilegeIT {
    private static final String INSUFFICIENT_PRIVILEGE = "42501";

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @BeforeEach
    void prepare() {
        new LeastPrivilege(db).prepare("roles_" + db.name());
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
    void theScriptMayBeRunAgain() {
        new LeastPrivilege(db).prepare("roles_" + db.name());
        assertThat(db.number("select count(*) from pg_roles where rolname like 'postevent\\_%' and rolcanlogin"))
                .as("roles that may log in by themselves")
                .isZero();
    }
}
