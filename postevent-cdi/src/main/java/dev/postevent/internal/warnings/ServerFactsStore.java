package dev.postevent.internal.warnings;

import dev.postevent.internal.jdbc.ServerStart;
import dev.postevent.internal.warnings.ServerFacts.Found;
import dev.postevent.internal.warnings.ServerFacts.Holder;
import dev.postevent.internal.warnings.ServerFacts.Prepared;
import dev.postevent.internal.warnings.ServerFacts.Slot;
import dev.postevent.internal.warnings.ServerFacts.Use;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** SQL about a server and its limits: views that are in memory, for any role, in one statement. */
final class ServerFactsStore {
    private static final int TIMEOUT_SECONDS = 5;

    // what a role may not see of others' sessions is null there: type and start of the transaction, but neither
    // database,
    // login nor the oldest transaction that it needs. to_jsonb: columns that a server before PostgreSQL 17 does not
    // have.
    // A standby has no WAL of its own to tell the place of. What VACUUM needs keeps nobody from removing anything
    private static final String READ = """
            with activity as materialized (
                select a.pid, a.datid, a.datname, a.usesysid, a.usename, a.application_name, a.state, a.xact_start, a.backend_type,
                       greatest(pg_catalog.age(a.backend_xmin), pg_catalog.age(a.backend_xid)) as transactions
                  from pg_catalog.pg_stat_activity a
                 where a.pid <> pg_catalog.pg_backend_pid()),
            senders as materialized (select w.pid from pg_catalog.pg_stat_get_wal_senders() w),
            slots as materialized (
                select r.slot_name, r.active, r.wal_status, r.safe_wal_size,
                       case when pg_catalog.pg_is_in_recovery() then 0
                            else pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), r.restart_lsn) end as retained,
                       (pg_catalog.to_jsonb(r) ->> 'inactive_since')::timestamptz as inactive_since
                  from pg_catalog.pg_replication_slots r)
            select pg_catalog.current_database() as database, ${start} as start,
                   pg_catalog.current_setting('wal_level') as wal_level,
                   case when pg_catalog.current_setting('effective_wal_level', true) is null
                        then pg_catalog.current_setting('wal_level') = 'logical'
                        else pg_catalog.current_setting('wal_level') in ('replica', 'logical') end as decodes,
                   1 + (select pg_catalog.count(*) from activity a
                     where a.datid is not null and a.usesysid is not null and coalesce(a.backend_type, 'client backend') = 'client backend'
                       and a.pid not in (select pid from senders)) as connections,
                   pg_catalog.current_setting('max_connections')::int
                     - pg_catalog.current_setting('superuser_reserved_connections')::int
                     - coalesce(pg_catalog.current_setting('reserved_connections', true)::int, 0) as connections_max,
                   (select pg_catalog.count(*) from slots) as slots,
                   pg_catalog.current_setting('max_replication_slots')::int as slots_max,
                   (select pg_catalog.count(*) from senders) as senders,
                   pg_catalog.current_setting('max_wal_senders')::int as senders_max,
                   s.slot_name, s.active, s.wal_status, coalesce(s.retained, 0)::bigint as retained, s.safe_wal_size,
                   extract(epoch from pg_catalog.clock_timestamp() - s.inactive_since)::bigint as unread,
                   p.gid, p.database as gid_database, p.owner, p.seconds as gid_seconds, p.many,
                   h.pid, h.who, h.state, h.seconds, h.transactions,
                   (select pg_catalog.has_schema_privilege(n.oid, 'USAGE') and pg_catalog.has_table_privilege(c.oid, 'SELECT')
                      from pg_catalog.pg_namespace n
                      join pg_catalog.pg_class c on c.relnamespace = n.oid and c.relname = 'schema_version'
                     where n.nspname = 'postevent_internal') as versions
              from (select 1) one
              left join slots s on s.slot_name = ?
              left join lateral (
                   select pg_catalog.quote_literal(x.gid) as gid, x.database, x.owner,
                          extract(epoch from pg_catalog.clock_timestamp() - x.prepared)::bigint as seconds,
                          pg_catalog.count(*) over () as many
                     from pg_catalog.pg_prepared_xacts x
                    where x.prepared <= pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => ?)
                    order by x.prepared limit 1) p on true
              left join lateral (
                   select a.pid, a.state, a.transactions,
                          case when a.datid is null then 'a standby with hot_standby_feedback'
                               else pg_catalog.concat('login ', pg_catalog.quote_literal(a.usename::text),
                                                      ', application ', pg_catalog.quote_literal(a.application_name)) end as who,
                          extract(epoch from pg_catalog.clock_timestamp() - a.xact_start)::bigint as seconds
                     from activity a
                    where (a.datid is null or a.datname = pg_catalog.current_database()) and a.transactions is not null
                      and (a.xact_start <= pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => ?)
                           or (a.xact_start is null and a.transactions > ?))
                      and a.pid not in (select v.pid from pg_catalog.pg_stat_progress_vacuum v)
                    order by a.transactions desc limit 1) h on true
            """.replace("${start}", ServerStart.MICROS);

    private static final String VERSIONS =
            "select part, pg_catalog.max(version) from postevent_internal.schema_version group by part";

    private ServerFactsStore() {}

    /**
     * Reads them.
     *
     * @param slot the application's; null: it has none
     */
    static ServerFacts read(Connection connection, @Nullable String slot, Limits limits) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(READ)) {
            select.setQueryTimeout(TIMEOUT_SECONDS);
            select.setString(1, slot);
            select.setDouble(2, seconds(limits.prepared()));
            select.setDouble(3, seconds(limits.open()));
            select.setLong(4, limits.transactions());
            try (ResultSet row = select.executeQuery()) {
                row.next(); // there is one even if nothing is found
                Found found = new Found(
                        slot(row),
                        prepared(row),
                        holder(row),
                        row.getBoolean("versions") ? Optional.of(versions(connection)) : Optional.empty());
                return new ServerFacts(
                        row.getString("database"),
                        row.getLong("start"),
                        row.getString("wal_level"),
                        row.getBoolean("decodes"),
                        use(row, "connections"),
                        use(row, "slots"),
                        use(row, "senders"),
                        found);
            }
        }
    }

    private static double seconds(Duration of) {
        return of.toMillis() / 1_000.0;
    }

    private static Use use(ResultSet row, String column) throws SQLException {
        return new Use(row.getLong(column), row.getLong(column + "_max"));
    }

    private static Optional<Slot> slot(ResultSet row) throws SQLException {
        return row.getString("slot_name") == null
                ? Optional.empty()
                : Optional.of(new Slot(
                        row.getBoolean("active"),
                        String.valueOf(row.getString("wal_status")),
                        row.getLong("retained"),
                        number(row, "safe_wal_size"),
                        number(row, "unread")));
    }

    private static Optional<Prepared> prepared(ResultSet row) throws SQLException {
        return row.getString("gid") == null
                ? Optional.empty()
                : Optional.of(new Prepared(
                        row.getString("gid"),
                        row.getString("gid_database"),
                        row.getString("owner"),
                        row.getLong("gid_seconds"),
                        row.getLong("many")));
    }

    private static Optional<Holder> holder(ResultSet row) throws SQLException {
        return row.getString("who") == null
                ? Optional.empty()
                : Optional.of(new Holder(
                        row.getInt("pid"),
                        row.getString("who"),
                        row.getString("state") == null ? "" : row.getString("state"),
                        number(row, "seconds"),
                        row.getLong("transactions")));
    }

    private static OptionalLong number(ResultSet row, String column) throws SQLException {
        long number = row.getLong(column);
        return row.wasNull() ? OptionalLong.empty() : OptionalLong.of(number);
    }

    private static Map<String, Integer> versions(Connection connection) throws SQLException {
        Map<String, Integer> versions = new HashMap<>();
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(TIMEOUT_SECONDS);
            try (ResultSet rows = statement.executeQuery(VERSIONS)) {
                while (rows.next()) {
                    versions.put(rows.getString(1), rows.getInt(2));
                }
            }
        }
        return versions;
    }
}
