package dev.postevent.simulation;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A topic's table on one connection; each method is one statement with a snapshot of its own. */
public interface SourceTable {

    /** One reading of a range; {@code above}: null if no row is above it. */
    record Page(long settled, long below, @Nullable Long above, boolean cut, List<LogEntry> entries) {}

    Page page(long after, long through, int rowsMax) throws SQLException;

    Optional<String> guard() throws SQLException;

    /** How far the table is drawn, and which table that is. */
    record Bound(String table, long head) {}

    Bound bound() throws SQLException;

    /** Who holds the table, and which table that is. */
    record Holders(String table, Set<String> transactions) {}

    Holders holders() throws SQLException;

    /** Positions that hold a row. */
    long[] positions(long after, long through) throws SQLException;

    int seal(long[] positions) throws SQLException;

    Map<String, String> blockers() throws SQLException;

    boolean raise(long after, long settled) throws SQLException;

    Optional<String> notFlushed() throws SQLException;

    boolean isFlushed(String lsn) throws SQLException;

    void touch() throws SQLException;

    long settled() throws SQLException;

    long head() throws SQLException;

    Origin origin() throws SQLException;
}
