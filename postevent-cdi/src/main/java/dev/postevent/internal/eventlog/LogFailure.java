package dev.postevent.internal.eventlog;

import dev.postevent.PosteventException;
import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.internal.jdbc.MissingTables;
import dev.postevent.internal.jdbc.SqlState;
import dev.postevent.internal.jdbc.Transient;
import dev.postevent.internal.text.Printable;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.util.Set;

/** Judges a failure of the database at the event log by its SQLSTATE, and says what to do about it. */
final class LogFailure {
    private static final String CONSUMER_NAME = "PEV01";
    private static final String MARK_ABOVE_HEAD = "PEV02";
    private static final String CONSUMER_OF_ANOTHER = "PEV03";
    /** The driver has no memory for an answer, the server none, or the answer has more than the protocol can say. */
    private static final Set<String> OF_SIZE = Set.of("53200", "54000", "XX000");

    private LogFailure() {}

    static PosteventException ofReading(TopicName topic, String what, SQLException e) {
        LostConnection.retireThread(e);
        String where = what + " " + topic + ": ";
        return switch (SqlState.of(e)) {
            case SqlState.UNDEFINED_TABLE, SqlState.UNDEFINED_SCHEMA ->
                new PosteventException("PSTEV31041", where + MissingTables.of(topic), e);
            case SqlState.INSUFFICIENT_PRIVILEGE ->
                new PosteventException(
                        "PSTEV31042",
                        where + "the role of the data source may not do that (" + e.getMessage()
                                + "); it needs SELECT on the topic's table and on postevent_internal.settled, and EXECUTE"
                                + " on the functions of that schema, as roles.sql grants them: run that again after an"
                                + " upgrade",
                        e);
            default -> Transient.exception("PSTEV31040", where + SqlState.andText(e), e);
        };
    }

    /** True if what was asked for may have been too large. */
    static boolean isOfSize(SQLException e) {
        return OF_SIZE.contains(SqlState.of(e));
    }

    static PosteventException ofLarge(TopicName topic, long position, long bytes, Throwable failure) {
        LostConnection.retireThread(failure);
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
        return switch (SqlState.of(e)) {
            case CONSUMER_OF_ANOTHER ->
                new PosteventException(
                        "PSTEV31045",
                        where
                                + "another login of the database reports it. Make this login a member of that role, or set"
                                + " reported_by to null in the consumer's row of postevent_internal.consumer",
                        e);
            case CONSUMER_NAME, MARK_ABOVE_HEAD -> new PosteventException("PSTEV31046", where + SqlState.andText(e), e);
            default -> ofReading(topic, "remembering the mark of a consumer of", e);
        };
    }

    static PosteventException ofConsumers(SQLException e) {
        LostConnection.retireThread(e);
        return Transient.exception("PSTEV31048", "asking for remote consumers: " + SqlState.andText(e), e);
    }
}
