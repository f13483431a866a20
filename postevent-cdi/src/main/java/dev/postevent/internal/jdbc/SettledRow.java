package dev.postevent.internal.jdbc;

/**
 * What {@code postevent_internal.settled} says of a topic, as far as it is true of the table the topic has now. Here because two stages
 * that do not know each other ask it: the event log, and the inbox of a topic that is read where it is published.
 */
public final class SettledRow {
    /**
     * A query with one parameter, the topic's name, and one row or none: {@code settled} and {@code gone}. For {@code ${table}} put the
     * topic's table.
     *
     * <p>The row outlives its table. No position above the last row is settled unless it was removed: where more is recorded, nothing of
     * it is true of a table that was made anew or emptied since. A table with another object id may have been made from a dump, so what
     * was removed is believed. As {@code postevent_internal.known} in {@code outbox-005.sql}.
     */
    public static final String QUERY = """
            select case when s.other then 0 when s.source_table = '${table}'::regclass then s.settled else s.gone end as settled,
                   case when s.other then 0 else s.gone end as gone
              from (select r.settled, r.gone, r.source_table,
                           r.settled > greatest(r.gone, (select pg_catalog.max(t.idn) from ${table} t)) as other
                      from postevent_internal.settled r where r.topic = ?) s
            """;

    private SettledRow() {}
}
