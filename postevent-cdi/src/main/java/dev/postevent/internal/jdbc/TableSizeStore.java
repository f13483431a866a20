package dev.postevent.internal.jdbc;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;

/** What tables take on disk. */
public final class TableSizeStore {
    // of the file system, without a look into the tables
    private static final String SIZES = """
            select t.name, pg_catalog.pg_total_relation_size(pg_catalog.to_regclass(t.name))
              from pg_catalog.unnest(?::text[]) as t(name)
             where pg_catalog.to_regclass(t.name) is not null
            """;
    private static final int SECONDS_MAX = 10;

    private TableSizeStore() {}

    /**
     * Bytes of each table with its indexes and what is stored outside of its rows; nothing of those that are not there.
     *
     * @param tables names as SQL writes them, with their schema
     * @throws dev.postevent.PosteventException where the database cannot be asked
     */
    public static Map<String, Long> bytes(DataSource dataSource, Collection<String> tables) {
        try {
            return LocalTransaction.each(dataSource, connection -> bytes(connection, tables));
        } catch (SQLException e) {
            throw Transient.exception("PSTEV20022", "asking how large tables are: " + e.getMessage(), e);
        }
    }

    private static Map<String, Long> bytes(Connection connection, Collection<String> tables) throws SQLException {
        Map<String, Long> found = new TreeMap<>();
        Array names = connection.createArrayOf("text", tables.toArray());
        try (PreparedStatement select = connection.prepareStatement(SIZES)) {
            select.setArray(1, names);
            select.setQueryTimeout(SECONDS_MAX);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    found.put(row.getString(1), row.getLong(2));
                }
            }
        } finally {
            names.free();
        }
        return found;
    }
}
