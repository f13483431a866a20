package dev.postevent.internal.feed;

import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.ServerStart;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Which database of which server a connection leads to, whatever it is called on the way there; for any role. */
public final class DatabaseStore {
    private static final String IDENTITY = "select pg_catalog.concat_ws(' ', " + ServerStart.MICROS + ", "
            + "(select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()))";

    private DatabaseStore() {}

    /** True if both lead to the same. */
    public static boolean isShared(Connection connection, DataSource dataSource) throws SQLException {
        if (isSharedNow(connection, dataSource)) {
            return true;
        }
        // the server may have been started anew between the two questions, but hardly twice
        return isSharedNow(connection, dataSource);
    }

    private static boolean isSharedNow(Connection connection, DataSource dataSource) throws SQLException {
        return of(connection).equals(LocalTransaction.each(dataSource, DatabaseStore::of));
    }

    private static String of(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(IDENTITY)) {
            row.next();
            return row.getString(1);
        }
    }
}
