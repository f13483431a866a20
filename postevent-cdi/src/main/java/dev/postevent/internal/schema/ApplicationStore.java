package dev.postevent.internal.schema;

import dev.postevent.PosteventException;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.jdbc.Transient;
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

    // whose it is, who this is, and whether there is such a role; then whose its lanes are, if that is not the same
    private static final String ANOTHERS = """
            select a.login, current_user, r.oid is not null,
                   a.login = current_user or coalesce(pg_catalog.pg_has_role(r.oid, 'usage'), false),
                   (select pg_catalog.max(coalesce(l.login, '')) from postevent_inbox.lane l
                     where l.application = a.name and l.login is distinct from a.login)
              from postevent_inbox.application a left join pg_catalog.pg_roles r on r.rolname = a.login
             where a.name = ? and pg_catalog.row_security_active('postevent_inbox.lane')
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
            Optional<PosteventException> another = LocalTransaction.each(dataSource, connection -> {
                try (PreparedStatement claim = connection.prepareStatement(CLAIM)) {
                    claim.setString(1, application);
                    claim.setString(2, application);
                    claim.executeUpdate();
                }
                return another(connection, application);
            });
            if (another.isPresent()) {
                throw another.get();
            }
        } catch (SQLException e) {
            throw Transient.exception(
                    "PSTEV30001",
                    "looking whose application " + application + " is in the inbox database: SQLSTATE "
                            + e.getSQLState() + ", " + e.getMessage(),
                    e);
        }
    }

    private static Optional<PosteventException> another(Connection connection, String application) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(ANOTHERS)) {
            select.setString(1, application);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? another(row, application) : Optional.empty();
            }
        }
    }

    private static Optional<PosteventException> another(ResultSet row, String application) throws SQLException {
        String begin = "starting application " + application + ": in this inbox database it is role " + row.getString(1)
                + "'s, ";
        boolean isThere = row.getBoolean(3);
        if (!row.getBoolean(4)) {
            String and = "and this login is " + row.getString(2);
            return Optional.of(
                    isThere
                            ? new PosteventException(
                                    "PSTEV30009",
                                    begin + and
                                            + ". If it is the same application, give this login that role, or have the"
                                            + " owner of the tables put this login in its place"
                                            + " (postevent_inbox.application, see docs/operations.md). If it is not, set"
                                            + " postevent.application to a name of its own")
                            : new PosteventException(
                                    "PSTEV30010",
                                    begin + "which this server does not have, " + and
                                            + ". The role was dropped or renamed, or the database comes from another server."
                                            + " Make that role again, or have the owner of the tables put this login in its"
                                            + " place (postevent_inbox.application, see docs/operations.md)"));
        }
        String lanes = row.getString(5);
        return lanes == null
                ? Optional.empty()
                : Optional.of(new PosteventException(
                        "PSTEV30010",
                        begin + "but lanes of it are " + (lanes.isEmpty() ? "nobody's" : "role " + lanes + "'s")
                                + ", so what it handles could not be remembered. Have the owner of the tables run: update"
                                + " postevent_inbox.application set login = login where name = '"
                                + application.replace("'", "''") + "'"));
    }
}
