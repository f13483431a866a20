package dev.postevent.internal.outbox;

import dev.postevent.DuplicateEventException;
import dev.postevent.PosteventException;
import dev.postevent.TransientFailureException;
import dev.postevent.internal.worker.OwnThread;
import dev.postevent.internal.worker.Passing;
import dev.postevent.internal.worker.Printable;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Judges a failure of the database by its SQLSTATE and says what to do about it. */
final class SqlFailure {
    static final String UNIQUE_VIOLATION = "23505";
    static final String LOCK_NOT_AVAILABLE = "55P03";
    static final String SERIALIZATION_FAILURE = "40001";
    static final String DEADLOCK_DETECTED = "40P01";
    private static final String UNDEFINED_TABLE = "42P01";
    private static final String UNDEFINED_SCHEMA = "3F000";
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String CONSUMER_NAME = "PEV01";
    private static final String MARK_ABOVE_HEAD = "PEV02";
    private static final String CONSUMER_OF_ANOTHER = "PEV03";
    /** The driver has no memory for an answer, the server none, or the answer has more than the protocol can say. */
    private static final Set<String> OF_SIZE = Set.of("53200", "54000", "XX000");

    private static final int NAMED_MAX = 3;
    private static final String SEQUENCE_AHEAD =
            "select pg_catalog.setval(pg_catalog.pg_get_serial_sequence('${table}', 'idn'), greatest("
                    + "(select pg_catalog.max(idn) from ${table}),"
                    + " pg_catalog.nextval(pg_catalog.pg_get_serial_sequence('${table}', 'idn'))))";

    private SqlFailure() {}

    static PosteventException ofPublishing(
            TopicName topic, List<LogEntry> entries, String lockTimeout, Supplier<String> holders, SQLException e) {
        String what =
                "publishing " + entries.size() + (entries.size() == 1 ? " event" : " events") + " to " + topic + ": ";
        return switch (stateOf(e)) {
            case UNIQUE_VIOLATION -> ofTaken(topic, entries, what, e);
            case LOCK_NOT_AVAILABLE -> ofWaiting(topic, entries, lockTimeout, holders, what, e);
            case SERIALIZATION_FAILURE, DEADLOCK_DETECTED ->
                new TransientFailureException(
                        "PSTEV31024",
                        what + "the database gave up this transaction in favour of another one (SQLSTATE "
                                + e.getSQLState() + "). Run the transaction again",
                        e);
            case UNDEFINED_TABLE, UNDEFINED_SCHEMA ->
                new PosteventException("PSTEV31023", what + missingTable(topic), e);
            case INSUFFICIENT_PRIVILEGE ->
                new PosteventException(
                        "PSTEV31026",
                        what + "the role of the data source may not do that (" + e.getMessage()
                                + "); it needs USAGE on the schema postevent, INSERT on the table, and SELECT on its column idn",
                        e);
            default -> Passing.exception("PSTEV31020", what + stateAndText(e), e);
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
                "PSTEV31035", what + "a unique constraint that is not postevent's refused: " + stateAndText(e), e);
    }

    static PosteventException ofReading(TopicName topic, String what, SQLException e) {
        OwnThread.retireIfLost(e);
        String where = what + " " + topic + ": ";
        return switch (stateOf(e)) {
            case UNDEFINED_TABLE, UNDEFINED_SCHEMA ->
                new PosteventException("PSTEV31041", where + missingTable(topic), e);
            case INSUFFICIENT_PRIVILEGE ->
                new PosteventException(
                        "PSTEV31042",
                        where + "the role of the data source may not do that (" + e.getMessage()
                                + "); it needs SELECT on the topic's table and on postevent_internal.settled, and EXECUTE"
                                + " on the functions of that schema, as roles.sql grants them: run that again after an"
                                + " upgrade",
                        e);
            default -> Passing.exception("PSTEV31040", where + stateAndText(e), e);
        };
    }

    /** True if what was asked for may have been too large. */
    static boolean isOfSize(SQLException e) {
        return OF_SIZE.contains(stateOf(e));
    }

    static PosteventException ofLarge(TopicName topic, long position, long bytes, Throwable failure) {
        OwnThread.retireIfLost(failure);
        return new PosteventException(
                "PSTEV31047",
                "reading " + topic + ": there was no room for an answer (" + failure + "), and the row at position "
                        + position + " has " + bytes
                        + " bytes, more than the table takes since topic-004.sql. Give this"
                        + " JVM more memory, or make the row smaller: keep its data elsewhere, and update it",
                failure);
    }

    /** The SQLSTATEs of {@code outbox-005.sql} tell what that refuses from what the login may not do. */
    static PosteventException ofReporting(TopicName topic, String consumer, SQLException e) {
        String where = "remembering the mark of consumer " + Printable.quoted(consumer) + " of " + topic + ": ";
        return switch (stateOf(e)) {
            case CONSUMER_OF_ANOTHER ->
                new PosteventException(
                        "PSTEV31045",
                        where
                                + "another login of the database reports it. Make this login a member of that role, or set"
                                + " reported_by to null in the consumer's row of postevent_internal.consumer",
                        e);
            case CONSUMER_NAME, MARK_ABOVE_HEAD -> new PosteventException("PSTEV31046", where + stateAndText(e), e);
            default -> ofReading(topic, "remembering the mark of a consumer of", e);
        };
    }

    static PosteventException ofConsumers(SQLException e) {
        OwnThread.retireIfLost(e);
        return Passing.exception("PSTEV31048", "asking for remote consumers: " + stateAndText(e), e);
    }

    /** The SQLSTATE; empty where the driver gives none. */
    static String stateOf(SQLException e) {
        return e.getSQLState() == null ? "" : e.getSQLState();
    }

    private static String stateAndText(SQLException e) {
        return "the database refused (SQLSTATE " + e.getSQLState() + "): " + e.getMessage();
    }

    private static String missingTable(TopicName topic) {
        return "the table " + topic.table() + " or a table of postevent_internal is missing; make the topic's tables"
                + " (postevent.schema=create, or the DDL written out)";
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
