package dev.postevent.server;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * One database of a {@link PostgresCluster} and a role that may log in.
 *
 * @param host where the cluster listens
 * @param port its port
 * @param name the database's name
 * @param user the role
 * @param password its password
 */
public record Database(String host, int port, String name, String user, String password) {

    /** {@code jdbc:postgresql://host:port/name}. */
    public String jdbcUrl() {
        return "jdbc:postgresql://" + host + ":" + port + "/" + name;
    }

    /** A data source without a pool: each connection is new and in auto-commit mode. */
    public DataSource dataSource() {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {host});
        source.setPortNumbers(new int[] {port});
        source.setDatabaseName(name);
        source.setUser(user);
        source.setPassword(password);
        source.setApplicationName("harness");
        return source;
    }

    /** The same database for somebody else. */
    public Database as(String otherUser, String otherPassword) {
        return new Database(host, port, name, otherUser, otherPassword);
    }

    /** Runs statements in one transaction of their own. */
    public void execute(String sql) {
        try (Connection connection = dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** The first column of every row as text; null values as {@code "null"}. */
    public List<String> texts(String sql) {
        try (Connection connection = dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> texts = new ArrayList<>();
            while (rows.next()) {
                texts.add(String.valueOf(rows.getString(1)));
            }
            return texts;
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** The first column of the only row as a number. */
    public long number(String sql) {
        return Long.parseLong(texts(sql).get(0));
    }
}
