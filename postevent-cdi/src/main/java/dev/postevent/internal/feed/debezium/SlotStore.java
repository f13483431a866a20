package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.debezium.SlotState.Holder;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/** SQL about one replication slot, always by its exact name. */
final class SlotStore {
    // a role or database may have some of its own; which there are depends on the server's version
    private static final String NO_LIMITS = """
            select pg_catalog.set_config(s.name, '0', false) from pg_catalog.pg_settings s
             where s.name in ('statement_timeout', 'lock_timeout', 'transaction_timeout')
            """;

    private static final String NO_IDLE_LIMIT = "set idle_session_timeout = 0";

    // qualified throughout: the role's search_path is not ours
    private static final String READ = """
            select s.slot_type = 'logical' and s.plugin = 'pgoutput' and s.database = pg_catalog.current_database() as ours,
                   pg_catalog.concat_ws(' ', s.slot_type, 'slot', s.plugin, 'of database', s.database) as description,
                   s.wal_status, s.active_pid, s.confirmed_flush_lsn::text as confirmed,
                   coalesce(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.confirmed_flush_lsn), 0)::bigint as lag,
                   coalesce(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn), 0)::bigint as retained,
                   a.application_name, a.usename, a.client_addr::text as address, a.backend_type, a.backend_start
              from pg_catalog.pg_replication_slots s
              left join pg_catalog.pg_stat_activity a on a.pid = s.active_pid
             where s.slot_name = ?
            """;

    // of the replication protocol: the function of the same purpose waits for WAL and does not look for the postmaster.
    // Where that was killed its backend stays, and keeps the server from starting again
    private static final String CREATE = "CREATE_REPLICATION_SLOT \"${slot}\" LOGICAL pgoutput (SNAPSHOT 'nothing')";

    // decodes what it passes, so in steps that no time limit breaks off
    private static final String ADVANCE = """
            select pg_catalog.pg_replication_slot_advance(
                       s.slot_name, least(pg_catalog.pg_current_wal_lsn(), s.confirmed_flush_lsn + ?))
              from pg_catalog.pg_replication_slots s
             where s.slot_name = ? and s.slot_type = 'logical' and s.plugin = 'pgoutput'
               and s.database = pg_catalog.current_database()
            """;

    // the conditions again, so that what was judged is what is dropped
    private static final String DROP = """
            select pg_catalog.pg_drop_replication_slot(slot_name)
              from pg_catalog.pg_replication_slots
             where slot_name = ? and slot_type = 'logical' and plugin = 'pgoutput'
               and database = pg_catalog.current_database()
            """;

    private static final String TERMINATE = """
            select pg_catalog.pg_terminate_backend(a.pid)
              from pg_catalog.pg_replication_slots s
              join pg_catalog.pg_stat_activity a on a.pid = s.active_pid
             where s.slot_name = ? and s.active_pid = ? and a.application_name = ?
            """;

    // in a transaction, because a message outside of one is not flushed before PostgreSQL 17, and unflushed WAL is not
    // sent
    private static final String PULSE = "select pg_catalog.pg_logical_emit_message(true, ?, '')";

    // from PostgreSQL 19 on the first logical slot turns logical decoding on, where wal_level is replica, too; such a
    // server has effective_wal_level beside wal_level
    private static final String SERVER = """
            select pg_catalog.current_setting('wal_level') as wal_level,
                   case when pg_catalog.current_setting('effective_wal_level', true) is null
                        then pg_catalog.current_setting('wal_level') = 'logical'
                        else pg_catalog.current_setting('wal_level') in ('replica', 'logical') end as decodes,
                   pg_catalog.pg_is_in_recovery() as standby,
                   pg_catalog.clock_timestamp() as now, pg_catalog.current_database() as database
            """;

    // 0 among the pids is a prepared transaction. State and age are null to a role that may not see them
    private static final String BLOCKERS = """
            select pg_catalog.string_agg(
                       case when b.pid = 0 then 'a prepared transaction (see pg_prepared_xacts)'
                            else pg_catalog.concat('pid ', b.pid, ' (''', a.application_name, '''', ', ' || a.state, ', since ' || a.xact_start, ')')
                       end, ', ')
              from pg_catalog.pg_replication_slots s
              cross join pg_catalog.unnest(pg_catalog.pg_blocking_pids(s.active_pid)) b(pid)
              left join pg_catalog.pg_stat_activity a on a.pid = b.pid
             where s.slot_name = ?
            """;

    private final String slot;

    SlotStore(String slot) {
        this.slot = slot;
    }

    /** What the server has under our name; null if nothing. */
    @Nullable
    SlotState read(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(READ)) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? state(row) : null;
            }
        }
    }

    private static SlotState state(ResultSet row) throws SQLException {
        int pid = row.getInt("active_pid");
        Holder holder = row.wasNull()
                ? null
                : new Holder(
                        pid,
                        row.getString("application_name"),
                        row.getString("usename"),
                        row.getString("address"),
                        "walsender".equals(row.getString("backend_type")),
                        row.getObject("backend_start", OffsetDateTime.class));
        return new SlotState(
                row.getBoolean("ours"),
                row.getString("description"),
                row.getString("wal_status"),
                holder,
                row.getString("confirmed"),
                row.getLong("lag"),
                row.getLong("retained"));
    }

    /**
     * Makes the slot; waits for every transaction that is open in the whole cluster and has written something.
     *
     * @param create of a {@link DirectConnections#replication replication} connection; another thread can cancel it
     */
    void create(Statement create) throws SQLException {
        create.execute(CREATE.replace("${slot}", slot));
    }

    /** Moves the slot, which nobody uses, past at most so many bytes of WAL: what is in them it will not bring. */
    void advance(Connection connection, long bytesMax) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ADVANCE)) {
            statement.setBigDecimal(1, java.math.BigDecimal.valueOf(bytesMax));
            statement.setString(2, slot);
            statement.execute();
        }
    }

    /** Drops the slot if it is ours. */
    void drop(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DROP)) {
            statement.setString(1, slot);
            statement.execute();
        }
    }

    /** Ends {@code holder} if it still holds the slot under its name; true if it was told to. */
    boolean terminate(Connection connection, Holder holder) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TERMINATE)) {
            statement.setString(1, slot);
            statement.setInt(2, holder.pid());
            statement.setString(3, holder.name());
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** Writes a message of a few bytes into the WAL, which comes through the stream and moves the slot past other people's WAL. */
    void pulse(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PULSE)) {
            statement.setString(1, slot);
            statement.execute();
        }
    }

    /** What the server is. */
    Server server(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SERVER);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return new Server(
                    row.getBoolean("standby") ? Role.STANDBY : Role.PRIMARY,
                    row.getString("wal_level"),
                    row.getBoolean("decodes"),
                    row.getObject("now", OffsetDateTime.class),
                    row.getString("database"));
        }
    }

    /** Whom the making of the slot waits for; null if nobody. */
    @Nullable
    String blockers(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(BLOCKERS)) {
            statement.setString(1, slot);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? row.getString(1) : null;
            }
        }
    }

    /**
     * A server at one instant.
     *
     * @param decodes whether it has logical decoding, or turns it on for a slot
     * @param now its clock
     */
    record Server(Role role, String walLevel, boolean decodes, OffsetDateTime now, String database) {
        boolean standby() {
            return role == Role.STANDBY;
        }
    }

    /** Who writes the WAL. */
    enum Role {
        PRIMARY,
        STANDBY
    }

    /** Takes the session's time limits away: what takes as long as the transactions of others, or as what they have written. */
    static void waitWithoutLimit(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(NO_LIMITS);
        }
    }

    /** Takes the session's limit on doing nothing away: what is asked only when a table was altered. */
    static void idleWithoutLimit(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(NO_IDLE_LIMIT);
        }
    }
}
