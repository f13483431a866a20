package dev.postevent.internal.eventlog;

import static dev.postevent.internal.eventlog.Events.ORDERS;

import dev.postevent.internal.eventlog.Stage.Read;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import java.time.Duration;
import javax.sql.DataSource;

/** The event log, as what follows a topic on the {@link Stage}. */
final class RealSettler {
    /** More than a read with a gap has, so that steps also come after it. */
    static final int STATEMENTS = 11;

    private RealSettler() {}

    static Read read(DataSource db, long mark) {
        return read(db, mark, Duration.ZERO);
    }

    static Read read(DataSource db, long mark, Duration settleWait) {
        return read(new JdbcEventLog(db, settleWait), mark);
    }

    static Read read(JdbcEventLog log, long mark) {
        return read(log, mark, 1_000);
    }

    static Read read(JdbcEventLog log, long mark, int rowsMax) {
        Range range = log.read(ORDERS, mark, Long.MAX_VALUE, rowsMax, 1 << 20);
        return new Read(
                range.settledThrough(),
                range.entries().stream()
                        .filter(entry -> !entry.isVoid() && entry.position() <= range.settledThrough())
                        .map(LogEntry::position)
                        .toList());
    }
}
