package dev.postevent.internal.schema;

import dev.postevent.PosteventException;
import dev.postevent.internal.worker.LocalTransaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;

/**
 * The table {@code postevent_inbox.application}: whose login an application's is. Row security lets no other login change what an
 * application has handled; owners of the tables and superusers are not bound by it, and leave no trace here.
 */
public final class ApplicationStore {
    private static final String CLAIM = """
            insert into postevent_inbox.application (name)
            select ? where pg_catalog.row_security_active('postevent_inbox.lane')
                       and not exists (select from postevent_inbox.application where name = ?)
            on conflict (name) do nothing
            """;

    private static final String ANOTHERS = """
            select a.login, current_user
              from postevent_inbox.application a
             where a.name = ? and a.login <> current_user and pg_catalog.row_security_active('postevent_inbox.lane')
               and not exists (select from pg_catalog.pg_roles r
                                where r.rolname = a.login and pg_catalog.pg_has_role(r.oid, 'usage'))
            """;

    private final DataSource dataSource;

    /** Over the inbox's database. */
    public ApplicationStore(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    /**
     * From here on the rows of the application are those of this login, unless they are another one's.
     *
     * @throws PosteventException if they are, saying whose and what to do
     */
    public void claim(String application) {
        try {
            Optional<String> another = LocalTransaction.each(dataSource, connection -> {
                try (PreparedStatement claim = connection.prepareStatement(CLAIM)) {
                    claim.setString(1, application);
                    claim.setString(2, application);
                    claim.executeUpdate();
                }
                return another(connection, application);
            });
            if (another.isPresent()) {
                throw new PosteventException(
                        "PSTEV30009",
                        "starting application " + application + ": in this inbox database it is " + another.get()
                                + ". If it is the same application, give this login that role, or have the owner of the tables"
                                + " put this login in its place (postevent_inbox.application, see docs/operations.md). If it"
                                + " is not, set postevent.application to a name of its own");
            }
        } catch (SQLException e) {
            throw new PosteventException(
                    "PSTEV30001",
                    "looking whose application " + application + " is in the inbox database: SQLSTATE "
                            + e.getSQLState() + ", " + e.getMessage(),
                    e);
        }
    }

    private static Optional<String> another(Connection connection, String application) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(ANOTHERS)) {
            select.setString(1, application);
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? Optional.of("role " + row.getString(1) + "'s, and this login is " + row.getString(2))
                        : Optional.empty();
            }
        }
    }
}
