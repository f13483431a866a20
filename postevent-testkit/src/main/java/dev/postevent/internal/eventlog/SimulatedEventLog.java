package dev.postevent.internal.eventlog;

import dev.postevent.PosteventException;
import dev.postevent.simulation.SourceTable;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What {@link JdbcEventLog} is over a real connection: the same reader and settler over a simulated one. */
public final class SimulatedEventLog implements EventLog {
    private final Supplier<SourceTable> sessions;
    private final RangeReader reader;
    private final HeadSettler headSettler;

    public SimulatedEventLog(
            Supplier<SourceTable> sessions, Duration settleWait, LongSupplier nanoTime, LongConsumer sleep) {
        this.sessions = sessions;
        Pause pause = (millis, topic) -> sleep.accept(millis);
        Settler settler = new Settler(settleWait, nanoTime, pause);
        this.reader = new RangeReader(settler, nanoTime, pause);
        this.headSettler = new HeadSettler(settler);
    }

    @Override
    public Origin origin(TopicName topic) {
        return ask(SourceTable::origin);
    }

    @Override
    public long head(TopicName topic) {
        return ask(SourceTable::head);
    }

    @Override
    public long settled(TopicName topic) {
        return ask(SourceTable::settled);
    }

    @Override
    public long settle(TopicName topic, long after) {
        return ask(table -> headSettler.settle(new Table(table), topic, after));
    }

    @Override
    public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        return ask(table -> reader.read(new Table(table), topic, after, through, rowsMax, bytesMax));
    }

    private interface Question<T> {
        T ask(SourceTable table) throws SQLException;
    }

    private <T> T ask(Question<T> question) {
        try {
            return question.ask(sessions.get());
        } catch (SQLException e) {
            throw new PosteventException("PSTEV31040", String.valueOf(e.getMessage()), e);
        }
    }

    private record Table(SourceTable real) implements LogTable {
        @Override
        public void readCommitted() {
            // it is
        }

        @Override
        public RangeStore.Page page(long after, long through, int rowsMax, long bytesMax) throws SQLException {
            SourceTable.Page page = real.page(after, through, rowsMax);
            return new RangeStore.Page(
                    new RangeStore.Recorded(page.settled(), 0, false),
                    page.below(),
                    page.above(),
                    page.entries(),
                    page.cut());
        }

        @Override
        public Optional<String> guard() throws SQLException {
            return real.guard();
        }

        @Override
        public SettleStore.Bound bound() throws SQLException {
            SourceTable.Bound bound = real.bound();
            return new SettleStore.Bound(bound.table(), bound.head());
        }

        @Override
        public SettleStore.Holders holders() throws SQLException {
            SourceTable.Holders holders = real.holders();
            return new SettleStore.Holders(holders.table(), holders.transactions());
        }

        @Override
        public long[] missing(long after, long through) throws SQLException {
            return Gaps.missing(after, real.positions(after, through), through);
        }

        @Override
        public int seal(long[] positions) throws SQLException {
            return real.seal(positions);
        }

        @Override
        public Map<String, String> blockers() throws SQLException {
            return real.blockers();
        }

        @Override
        public boolean raise(long after, long settled) throws SQLException {
            return real.raise(after, settled);
        }

        @Override
        public Optional<String> notFlushed() throws SQLException {
            return real.notFlushed();
        }

        @Override
        public boolean isFlushed(String lsn) throws SQLException {
            return real.isFlushed(lsn);
        }

        @Override
        public void touch() throws SQLException {
            real.touch();
        }
    }
}
