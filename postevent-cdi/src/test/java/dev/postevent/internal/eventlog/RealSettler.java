package dev.postevent.internal.eventlog;

import static dev.postevent.internal.eventlog.Events.ORDERS;

import dev.postevent.internal.eventlog.Stage.Look;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import java.time.Duration;
import javax.sql.DataSource;

/** The event log, as what follows a topic on the {@link Stage}. */
final class RealSettler {
    /** More than a look with a hole has, so that steps also come after it. */
    static final int STATEMENTS = 11;

    private RealSettler() {}

    static Look look(DataSource db, long mark) {
        return look(db, mark, Duration.ZERO);
    }

    static Look look(DataSource db, long mark, Duration settleWait) {
        return look(new JdbcEventLog(db, settleWait), mark);
    }

    static Look look(JdbcEventLog log, long mark) {
        return look(log, mark, 1_000);
    }

    static Look look(JdbcEventLog log, long mark, int rowsMax) {
        Range range = log.read(ORDERS, mark, Long.MAX_VALUE, rowsMax, 1 << 20);
        return new Look(
                range.settledThrough(),
                range.entries().stream()
                        .filter(entry -> !entry.isVoid() && entry.position() <= range.settledThrough())
                        .map(LogEntry::position)
                        .toList());
    }
}
