package dev.postevent.internal.outbox;

import dev.postevent.DuplicateEventException;
import dev.postevent.PosteventException;
import dev.postevent.TransientFailureException;
import dev.postevent.internal.jdbc.MissingTables;
import dev.postevent.internal.jdbc.SqlState;
import dev.postevent.internal.jdbc.Transient;
import dev.postevent.internal.text.Printable;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Judges a failure of the database at publishing by its SQLSTATE, and says what to do about it. */
final class PublishFailure {
    private static final int NAMED_MAX = 3;
    private static final String SEQUENCE_AHEAD =
            "select pg_catalog.setval(pg_catalog.pg_get_serial_sequence('${table}', 'idn'), greatest("
                    + "(select pg_catalog.max(idn) from ${table}),"
                    + " pg_catalog.nextval(pg_catalog.pg_get_serial_sequence('${table}', 'idn'))))";

    private PublishFailure() {}

    static PosteventException ofPublishing(
            TopicName topic, List<LogEntry> entries, String lockTimeout, Supplier<String> holders, SQLException e) {
        String what =
                "publishing " + entries.size() + (entries.size() == 1 ? " event" : " events") + " to " + topic + ": ";
        return switch (SqlState.of(e)) {
            case SqlState.UNIQUE_VIOLATION -> ofTaken(topic, entries, what, e);
            case SqlState.LOCK_NOT_AVAILABLE -> ofWaiting(topic, entries, lockTimeout, holders, what, e);
            case SqlState.SERIALIZATION_FAILURE, SqlState.DEADLOCK_DETECTED ->
                new TransientFailureException(
                        "PSTEV31024",
                        what + "the database gave up this transaction in favour of another one (SQLSTATE "
                                + e.getSQLState() + "). Run the transaction again",
                        e);
            case SqlState.UNDEFINED_TABLE, SqlState.UNDEFINED_SCHEMA ->
                new PosteventException("PSTEV31023", what + MissingTables.of(topic), e);
            case SqlState.INSUFFICIENT_PRIVILEGE ->
                new PosteventException(
                        "PSTEV31026",
                        what + "the role of the data source may not do that (" + e.getMessage()
                                + "); it needs USAGE on the schema postevent, INSERT on the table, SELECT on its column idn, and, where the table is older than topic-006.sql, EXECUTE on"
                                + " the function postevent_internal.check_event",
                        e);
            default -> Transient.exception("PSTEV31020", what + SqlState.andText(e), e);
        };
    }

    /** Where the server waits to put a row into an index, it names the index in its message, in any language. */
    private static PosteventException ofWaiting(
            TopicName topic,
            List<LogEntry> entries,
            String lockTimeout,
            Supplier<String> holders,
            String what,
            SQLException e) {
        String waited = what + "waited " + lockTimeout + " for a transaction that ";
        if (String.valueOf(e.getMessage()).contains(topic.value() + "_source_id_key")) {
            return new TransientFailureException(
                    "PSTEV31034",
                    waited + "has put the same source and id into the topic and is not over (one of " + names(entries)
                            + "). If it commits, the event is there already; if not, publish again",
                    e);
        }
        return new TransientFailureException(
                "PSTEV31022",
                waited + "publishes to the same subject (" + subjects(entries)
                        + "), to another one of the same lock (there are " + OutboxStore.BUCKETS
                        + " for all subjects of a topic), or has locked the table" + holders.get()
                        + ". Shorten that transaction, do not publish the same subject from"
                        + " within it in a transaction of its own, or raise postevent.publish.lock-timeout",
                e);
    }

    /**
     * Told apart by what the server writes into its message in any language: names, and which columns. Values of an event may stand
     * there, too, but behind the columns, and only where these are source and id.
     */
    private static PosteventException ofTaken(TopicName topic, List<LogEntry> entries, String what, SQLException e) {
        String text = String.valueOf(e.getMessage());
        boolean source = text.contains("(source, id)=(");
        boolean position = !source && text.contains("(idn)=(");
        if (source || (!position && text.contains(topic.value() + "_source_id_key"))) {
            return new DuplicateEventException(
                    "PSTEV31021",
                    what + "source and id of an event must be unique in its topic, and "
                            + (entries.size() == 1 ? "this is there already: " : "one of these is there already: ")
                            + names(entries) + ". Publish it once, or give it another id",
                    e);
        }
        if (position || text.contains(topic.value() + "_pkey")) {
            return new PosteventException(
                    "PSTEV31033",
                    what + "the next number of the sequence of " + topic.table()
                            + ".idn is a position that is taken. No event was there before, and none is stored: the sequence"
                            + " was not carried over with the table (logical replication, a dump of data only), was set back"
                            + " (setval), or numbers are drawn by hand. Run: "
                            + SEQUENCE_AHEAD.replace("${table}", topic.table())
                            + "; then publish again",
                    e);
        }
        return new PosteventException(
                "PSTEV31035", what + "a unique constraint that is not postevent's refused: " + SqlState.andText(e), e);
    }

    private static String names(List<LogEntry> entries) {
        return entries.stream()
                        .limit(NAMED_MAX)
                        .map(entry ->
                                "source " + Printable.quoted(entry.source()) + " id " + Printable.quoted(entry.id()))
                        .collect(Collectors.joining(", "))
                + (entries.size() > NAMED_MAX ? ", ..." : "");
    }

    private static String subjects(List<LogEntry> entries) {
        List<String> subjects = entries.stream()
                .map(entry -> String.valueOf(entry.subject()))
                .distinct()
                .toList();
        return subjects.stream().limit(NAMED_MAX).map(Printable::quoted).collect(Collectors.joining(", "))
                + (subjects.size() > NAMED_MAX ? ", ..." : "");
    }
}
