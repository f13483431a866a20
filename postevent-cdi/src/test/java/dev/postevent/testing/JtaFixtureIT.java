package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.agroal.api.AgroalDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** The harness itself: what it calls a transaction is one. */
final class JtaFixtureIT {

    @Test
    void oneAndTwoPhasePoolsCommitAndRollBackWithTheTransaction() throws Exception {
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        db.execute("create table t(name text)");
        try (JtaFixture jta = JtaFixture.over(db);
                AgroalDataSource secondXa = jta.newXa()) {
            jta.transaction(() -> insert(jta.local(), "local"));
            jta.transaction(() -> insert(jta.xa(), "xa, one phase"));
            jta.transaction(() -> {
                insert(jta.xa(), "xa, two phases");
                insert(secondXa, "xa, two phases, too");
            });
            jta.rolledBack(() -> insert(jta.local(), "never"));
            jta.rolledBack(() -> {
                insert(jta.xa(), "never");
                insert(secondXa, "never");
            });
        }
        assertThat(db.text("select string_agg(name, '; ' order by name) from t"))
                .isEqualTo("local; xa, one phase; xa, two phases; xa, two phases, too");
    }

    private static void insert(DataSource source, String name) throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("insert into t values ('" + name + "')");
        }
    }
}
