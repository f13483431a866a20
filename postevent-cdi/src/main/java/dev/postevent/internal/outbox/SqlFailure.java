package dev.postevent.internal.outbox;

import dev.postevent.PosteventException;
import dev.postevent.internal.worker.OwnThread;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.util.List;
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
    private static final int NAMED_MAX = 3;

    private SqlFailure() {}

    static PosteventException ofPublishing(
            TopicName topic, List<LogEntry> entries, String lockTimeout, SQLException e) {
        String what =
                "publishing " + entries.size() + (entries.size() == 1 ? " event" : " events") + " to " + topic + ": ";
        return switch (stateOf(e)) {
            case UNIQUE_VIOLATION ->
                new PosteventException(
                        "PSTEV31021",
                        what + "source and id of an event must be unique in its topic, and "
                                + (entries.size() == 1 ? "this is there already: " : "one of these is there already: ")
                                + names(entries) + ". Publish it once, or give it another id",
                        e);
            case LOCK_NOT_AVAILABLE ->
                new PosteventException(
                        "PSTEV31022",
                        what + "waited " + lockTimeout + " for a transaction that publishes to the same subject ("
                                + subjects(entries)
                                + "). Shorten that transaction, do not publish the same subject from"
                                + " within it in a transaction of its own, or raise postevent.publish.lock-timeout-millis",
                        e);
            case SERIALIZATION_FAILURE, DEADLOCK_DETECTED ->
                new PosteventException(
                        "PSTEV31024",
                        what + "the database gave up this transaction in favour of another one (SQLSTATE "
                                + e.getSQLState() + "). Run the transaction again",
                        e);
            case UNDEFINED_TABLE, UNDEFINED_SCHEMA ->
                new PosteventException("PSTEV31023", what + missingTable(topic), e);
            case INSUFFICIENT_PRIVILEGE ->
                new PosteventException(
                        "PSTEV31026",
                        what + "the role of the data source may not do that; it needs USAGE on the schema postevent,"
                                + " INSERT on the table and SELECT on its column idn",
                        e);
            default -> new PosteventException("PSTEV31020", what + stateAndText(e), e);
        };
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
                                + "); it needs SELECT and INSERT on the topic's table and on"
                                + " postevent_internal.settled, and UPDATE on the latter",
                        e);
            default -> new PosteventException("PSTEV31040", where + stateAndText(e), e);
        };
    }

    static PosteventException ofConsumers(SQLException e) {
        OwnThread.retireIfLost(e);
        return new PosteventException("PSTEV31044", "asking for remote consumers: " + stateAndText(e), e);
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
