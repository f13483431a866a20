package dev.postevent.internal.inbox;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.internal.jdbc.SettledRow;
import dev.postevent.spi.TopicName;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Where the entries of a topic are: copied into the inbox, or in the topic's own table, if that is in the same database. */
final class InboxTable {
    /** More than there are statements: what is beyond are those of streams that ended. */
    private static final int STATEMENTS_MAX = 64;

    // what is handled belongs to the table that was there when the origin was saved, and to its rows: one that was
    // emptied has the same object id. The sequence does not tell: to set it ahead of its table is a cure
    private static final String MADE_ANEW = """
            exists (select from postevent_inbox.origin o
                      left join postevent_inbox.high_water_mark h on h.topic = o.topic
                     where o.topic = '${topic}'
                       and (o.source_table is distinct from pg_catalog.to_regclass('${table}')::oid::bigint
                            or h.last_idn > (select coalesce(pg_catalog.max(k.gone), 0) from (${known}) k)
                               and not exists (select from ${table} t
                                                where t.idn = h.last_idn and t.id = h.last_id and t.source = h.last_source)))""";

    private static final String KNOWN = SettledRow.QUERY.strip().replace("?", "'${topic}'");

    // an event: all voids of a position are alike
    private static final String EVENT = "select t.idn, t.id, t.source from ${table} t where t.idn = ? and t.kind = 'e'";

    private static final String NO_EVENT =
            "select ?::bigint as idn, null::text as id, null::text as source where false";

    // the snapshot is the statement's own, so it is older than what the expression of the tables finds
    private static final String VISIBLE = """
            (${tables}) = ?
                   and not exists (select from pg_catalog.unnest(?::text[]) as x(id)
                                    where not pg_catalog.pg_visible_in_snapshot(
                                                  x.id::pg_catalog.xid8, pg_catalog.pg_current_snapshot()))""";

    private final TopicName topic;
    private final boolean direct;
    private final boolean sourceHere;
    /** Made once, because one is wanted for each batch. */
    private final Map<Statement, String> statements = new ConcurrentHashMap<>();

    private record Statement(String template, @Nullable String tables) {}

    /**
     * Of a topic.
     *
     * @param direct true if its entries are read where they were published
     * @param sourceHere true if they were published into the same database, copied or not: a crash of its server that takes back what
     *     the inbox has stored leaves what it was copied from
     */
    InboxTable(TopicName topic, boolean direct, boolean sourceHere) {
        this.topic = topic;
        this.direct = direct;
        this.sourceHere = sourceHere;
    }

    TopicName topic() {
        return topic;
    }

    boolean direct() {
        return direct;
    }

    boolean sourceHere() {
        return sourceHere;
    }

    /** A statement over the entries of the topic, whose first parameter is the topic's name. */
    String sql(String template) {
        return statement(new Statement(template, null));
    }

    /**
     * As {@link #sql(String)}; what it does has the condition that what was stored is visible and the tables are the same, whose
     * parameters come before all others.
     *
     * @param tables an expression that tells which tables there are
     */
    String sql(String template, String tables) {
        return statement(new Statement(template, tables));
    }

    private String statement(Statement of) {
        if (statements.size() > STATEMENTS_MAX) {
            statements.clear();
        }
        return statements.computeIfAbsent(of, this::made);
    }

    private String made(Statement of) {
        return of.template()
                .replace("${condition}", of.tables() == null ? "true" : VISIBLE.replace("${tables}", of.tables()))
                .replace(
                        "${entries}",
                        direct
                                ? topic.table() + " where ?::text is not null"
                                : "postevent_inbox.messages where topic = ?")
                .replace("${made_anew}", direct ? MADE_ANEW.replace("${known}", KNOWN) : "false")
                .replace("${event}", direct ? EVENT : NO_EVENT)
                .replace("${topic}", topic.value())
                .replace("${table}", topic.table());
    }

    /** Ends by itself, when no node is left that reads directly. */
    static final class ReadDirectlyException extends PosteventException {
        private static final long serialVersionUID = 1L;

        private ReadDirectlyException(String message) {
            super("PSTEV33006", message);
        }
    }

    ReadDirectlyException readDirectlyBy(String nodes) {
        return new ReadDirectlyException(
                "topic " + topic + ": " + (nodes.isEmpty() ? "another node" : nodes)
                        + " reads it directly and does not copy it. Give all nodes, and all applications that share this inbox"
                        + " database, the same postevent.inbox.mode; this one goes on by itself once none of them reads it directly");
    }

    DivergedSourceException madeAnew() {
        return new DivergedSourceException("topic " + topic + ": its table " + topic.table()
                + " is another one than that whose events were handled here: it was dropped and made anew, or emptied"
                + " and its numbers begun again, or restored from a dump. If its events are the same, at the same positions, say so: delete from"
                + " postevent_inbox.origin where topic = '" + topic + "', and start this application anew. If they are"
                + " not, begin anew (docs/operations.md), or give the topic another name and its observers subscriptions of"
                + " their own");
    }
}
