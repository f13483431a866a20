package dev.postevent.internal.jdbc;

import dev.postevent.internal.text.Printable;

/**
 * SQL that names who holds locks that somebody of ours has waited for in vain. Advisory locks are anybody's who may connect, so it may be
 * a stranger.
 */
public final class LockHolders {
    /**
     * One row with one text, empty where nobody holds them any more. Everybody sees pid, login and application of a session, and a
     * prepared transaction; state and age only of sessions of one's own roles, or with pg_read_all_stats. {@code ${locks}} is to be
     * replaced by a condition on the locks {@code l} of this database.
     */
    public static final String QUERY = """
            select coalesce(pg_catalog.string_agg(h.who, ', ' order by h.who), '')
              from (select distinct
                           case when l.pid is null
                                then pg_catalog.concat('prepared transaction ', pg_catalog.quote_literal(p.gid), ' (login ',
                                                       pg_catalog.quote_literal(p.owner::text), ') since ', p.prepared)
                                else pg_catalog.concat('pid ', l.pid, ' (login ', pg_catalog.quote_literal(a.usename::text),
                                                       ', application ', pg_catalog.quote_literal(a.application_name), ')',
                                                       ' ' || a.state || ' since ' || a.xact_start::text)
                           end as who
                      from pg_catalog.pg_locks l
                      left join pg_catalog.pg_stat_activity a on a.pid = l.pid
                      left join pg_catalog.pg_locks x on x.locktype = 'transactionid' and x.mode = 'ExclusiveLock' and x.granted
                           and x.virtualtransaction = l.virtualtransaction and x.pid is not distinct from l.pid
                      left join pg_catalog.pg_prepared_xacts p on l.pid is null and p.transaction = x.transactionid
                     where l.granted and l.pid is distinct from pg_catalog.pg_backend_pid()
                       and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
                       and (${locks})
                     limit 3) h
            """;

    private static final int CHARACTERS_MAX = 1_000;

    private LockHolders() {}

    /** What {@link #QUERY} gave, as the end of a sentence about those who hold them; empty if nobody does. */
    public static String named(String holders) {
        return holders.isEmpty() ? "" : ", held by " + Printable.text(holders, CHARACTERS_MAX);
    }
}
