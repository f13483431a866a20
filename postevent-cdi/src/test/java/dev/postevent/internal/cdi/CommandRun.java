package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.testing.Handbook;
import dev.postevent.testing.Handbook.Command;
import dev.postevent.testing.Handbook.Run;
import dev.postevent.testing.Handbook.When;
import dev.postevent.testing.PostgresFixture;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Runs a command of the handbook, and compares what comes out of it with what the handbook says. */
final class CommandRun {
    private static final String SUPERUSER = "postgres";

    private CommandRun() {}

    /** A database of a cluster as a login sees it. */
    static PostgresFixture.Db login(PostgresFixture cluster, String login, String database) {
        return new PostgresFixture.Db(
                "jdbc:postgresql://127.0.0.1:" + cluster.port() + "/" + database, login, "x", database);
    }

    /** All that are run then, in their order. */
    static void all(PostgresFixture cluster, When when, int version, Map<String, String> values) {
        for (Command command : Handbook.commands(when, version)) {
            once(cluster, command, values);
        }
    }

    /** With {@code values} for its place holders. */
    static void once(PostgresFixture cluster, Command command, Map<String, String> values) {
        Run run = command.run().orElseThrow();
        PostgresFixture.Db db =
                login(cluster, run.login().equals("superuser") ? SUPERUSER : "shop_" + run.login(), run.database());
        try (Connection connection = db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            List<String> statements = command.statements();
            for (String sql : statements.subList(0, statements.size() - 1)) {
                statement.execute(filled(sql, values));
            }
            boolean isTable = statement.execute(filled(statements.get(statements.size() - 1), values));
            List<Map<String, String>> rows = isTable ? rows(statement) : List.of();
            compare(command, run, isTable, rows, statement, values);
        } catch (SQLException e) {
            throw new AssertionError(command.place() + ": " + e.getMessage() + "\n" + command.text(), e);
        }
    }

    private static void compare(
            Command command,
            Run run,
            boolean isTable,
            List<Map<String, String>> rows,
            Statement statement,
            Map<String, String> values)
            throws SQLException {
        String told = command.place() + " answers " + rows + "\n" + command.text();
        switch (run.expected()) {
            case DONE -> assertThat(isTable).as(told).isFalse();
            case CHANGES ->
                assertThat(String.valueOf(statement.getUpdateCount()))
                        .as(told)
                        .isEqualTo(run.values().get(0));
            case NO_ROWS -> assertThat(rows).as(told).isEmpty();
            case MAYBE_ROWS -> assertThat(isTable).as(told).isTrue();
            case EACH_OK -> {
                assertThat(rows).as(told).isNotEmpty();
                assertThat(rows).as(told).allSatisfy(row -> assertThat(row).containsEntry("ok", "t"));
            }
            case ROWS -> {
                assertThat(rows).as(told).isNotEmpty();
                List<String> cells =
                        rows.stream().flatMap(row -> row.values().stream()).collect(Collectors.toList());
                for (String value : run.values()) {
                    assertThat(cells).as(told).contains(filled(value, values));
                }
            }
        }
    }

    private static String filled(String text, Map<String, String> values) {
        String filled = text;
        for (Map.Entry<String, String> value : values.entrySet()) {
            filled = filled.replace("<" + value.getKey() + ">", value.getValue());
        }
        return filled;
    }

    private static List<Map<String, String>> rows(Statement statement) throws SQLException {
        try (ResultSet row = statement.getResultSet()) {
            ResultSetMetaData columns = row.getMetaData();
            List<Map<String, String>> rows = new ArrayList<>();
            while (row.next()) {
                Map<String, String> cells = new LinkedHashMap<>();
                for (int i = 1; i <= columns.getColumnCount(); i++) {
                    cells.put(columns.getColumnLabel(i), row.getString(i));
                }
                assertThat(cells).as("columns have names of their own").hasSize(columns.getColumnCount());
                rows.add(cells);
            }
            return rows;
        }
    }
}
