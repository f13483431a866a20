package dev.postevent.internal.inbox;

import dev.postevent.DivergedSourceException;
import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.sql.DataSource;

/**
 * What is stored at once, and how: where it follows on the mark, as it does as a rule, by one statement, which is a transaction of its
 * own; otherwise in a transaction that inserts, raises the mark, and asks whether what the mark passes is there.
 *
 * @param entries none are stored of a topic that is read directly
 * @param known what the caller knows of the inbox, and goes on from
 * @param mark where the mark is afterwards, if it is lower
 */
record InboxBatch(InboxTable table, List<LogEntry> entries, InboxMark known, long mark) {

    /** As {@link Inbox#store}. */
    boolean store(DataSource dataSource) throws SQLException {
        if (!table.direct()
                && followsOn()
                && LocalTransaction.each(
                        dataSource, connection -> MarkStore.storeNext(connection, table, entries, known, mark, null))) {
            return true;
        }
        try {
            return LocalTransaction.run(dataSource, connection -> {
                insertAndRaise(connection);
                return true;
            });
        } catch (SetBackException e) {
            return false;
        }
    }

    /** As {@link Inbox#storeNext}. */
    boolean storeNext(DataSource dataSource, VisibilityCondition condition) throws SQLException {
        if (!table.sourceHere() || !followsOn()) {
            return false;
        }
        return LocalTransaction.each(dataSource, connection -> {
            if (!table.direct()) {
                return MarkStore.storeNext(connection, table, entries, known, mark, condition);
            }
            InboxMark before = MarkStore.raiseMark(connection, table, known, mark, condition);
            return before != null && before.goesOnFrom(known);
        });
    }

    /** True if the entries are all positions above what is known, in order, and the mark is to be at the last of them. */
    private boolean followsOn() {
        long position = known.mark();
        for (LogEntry entry : entries) {
            position++;
            if (entry.position() != position) {
                return false;
            }
        }
        return position > known.mark() && position == mark;
    }

    /** Throws {@link SetBackException}, which rolls back, if the inbox has less than was known. */
    private void insertAndRaise(Connection connection) throws SQLException {
        if (!entries.isEmpty() && !table.direct()) {
            insert(connection);
        }
        InboxMark before = MarkStore.raiseMark(connection, table, known, mark, null);
        if (before == null || !before.goesOnFrom(known) || !(table.direct() || isComplete(connection, before.mark()))) {
            throw new SetBackException();
        }
    }

    private void insert(Connection connection) throws SQLException {
        TopicName topic = table.topic();
        Set<Long> inserted = EntryStore.insert(connection, topic, entries);
        if (inserted.size() == entries.size()) {
            return;
        }
        Set<Long> there = new HashSet<>();
        for (LogEntry entry : entries) {
            if (!inserted.contains(entry.position())) {
                there.add(entry.position());
            }
        }
        Map<Long, LogEntry> stored = EntryStore.identities(connection, table, there);
        for (LogEntry entry : entries) {
            LogEntry before = stored.get(entry.position());
            if (before != null && !before.sameIdentity(entry)) {
                throw new DivergedSourceException("topic " + topic + ": position " + entry.position() + " is "
                        + name(entry) + " at the source, but " + name(before) + " was received there before."
                        + " The source was restored to the past or is another one. Nothing more of this topic is taken"
                        + " in; point it to the right source, or give this consumer a new inbox");
            }
        }
    }

    private static String name(LogEntry entry) {
        return entry.isVoid() ? "void" : "event " + entry.id() + " of " + entry.source();
    }

    /** The mark is moved over what is there: what was just stored is, and what was stored before may have been lost. */
    private boolean isComplete(Connection connection, long after) throws SQLException {
        long stored = entries.stream()
                .filter(entry -> entry.position() > after && entry.position() <= mark)
                .mapToLong(LogEntry::position)
                .distinct()
                .count();
        return stored >= mark - after || EntryStore.count(connection, table, after, mark) == mark - after;
    }

    private static final class SetBackException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SetBackException() {
            super("the inbox has less than it had", null, false, false);
        }
    }
}
