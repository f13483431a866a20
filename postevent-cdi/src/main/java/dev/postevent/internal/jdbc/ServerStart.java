package dev.postevent.internal.jdbc;

/** Tells one start of a database server from the next. */
public final class ServerStart {
    /**
     * An SQL expression for any role: when the server was started, in microseconds since 1970. It is another one after a restart, on the
     * other side of a fail-over, and after a backend crashed, when the server recovers from its WAL without being started: then
     * its statistics begin anew. Resetting those by hand looks like a new start, which costs nothing but what is remembered of the former.
     */
    public static final String MICROS = "(extract(epoch from greatest(pg_catalog.pg_postmaster_start_time(),"
            + " pg_catalog.pg_stat_get_bgwriter_stat_reset_time())) * 1000000)::bigint";

    private ServerStart() {}
}
