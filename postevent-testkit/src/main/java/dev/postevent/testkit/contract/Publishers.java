package dev.postevent.testkit.contract;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import java.util.List;

/**
 * What happens to a topic at its source, which each kind of source has its own way for. Called on one thread.
 *
 * <p>The topic is empty, and the source draws its positions: 1, 2 and so on, whatever positions the entries have that it is given.
 *
 * <pre>{@code
 * public void publish(List<LogEntry> entries) throws SQLException {
 *     try (Connection connection = begin()) {
 *         insert(connection, entries);
 *         connection.commit();
 *     }
 * }
 *
 * public AutoCloseable holdOpen(LogEntry entry, String holder) throws SQLException {
 *     Connection connection = begin();
 *     insert(connection, List.of(entry));
 *     return () -> {
 *         connection.commit();
 *         connection.close();
 *     };
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public interface Publishers {

    /** Who the source is. */
    Origin origin() throws Exception;

    /** Commits entries at the next positions, all at once. */
    void publish(List<LogEntry> entries) throws Exception;

    /** Draws the next position for an entry and gives it up. */
    void rollBack(LogEntry entry) throws Exception;

    /**
     * Draws the next position for an entry and holds it open; closing commits it.
     *
     * @param holder who does so, as the source may tell it
     */
    AutoCloseable holdOpen(LogEntry entry, String holder) throws Exception;

    /** Retention removes everything at or below a position. */
    void remove(long through) throws Exception;
}
