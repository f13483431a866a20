package dev.postevent.internal.eventlog;

import dev.postevent.internal.jdbc.LogSession;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/** A topic's table on a connection of the event log. */
final class JdbcLogTable implements LogTable {
    private final LogSession session;
    private final TopicName topic;

    JdbcLogTable(LogSession session, TopicName topic) {
        this.session = session;
        this.topic = topic;
    }

    @Override
    public void readCommitted() throws SQLException {
        session.readCommitted();
    }

    @Override
    public RangeStore.Page page(long after, long through, int rowsMax, long bytesMax) throws SQLException {
        return RangeStore.read(session.connection(), topic, after, through, rowsMax, bytesMax);
    }

    @Override
    public Optional<String> guard() throws SQLException {
        return SettleStore.guard(session.connection(), topic);
    }

    @Override
    public SettleStore.Bound bound() throws SQLException {
        return SettleStore.bound(session.connection(), topic);
    }

    @Override
    public SettleStore.Holders holders() throws SQLException {
        return SettleStore.holders(session.connection(), topic);
    }

    @Override
    public long[] missing(long after, long through) throws SQLException {
        return SettleStore.missing(session.connection(), topic, after, through);
    }

    @Override
    public int seal(long[] positions) throws SQLException {
        return session.transaction(connection -> {
            SettleStore.beginSealing(connection);
            return SettleStore.seal(connection, topic, positions);
        });
    }

    @Override
    public Map<String, String> blockers() throws SQLException {
        return SettleStore.blockers(session.connection(), topic);
    }

    @Override
    public boolean raise(long after, long settled) throws SQLException {
        return SettleStore.raise(session.connection(), topic, after, settled);
    }

    @Override
    public Optional<String> notFlushed() throws SQLException {
        return RangeStore.notFlushed(session.connection());
    }

    @Override
    public boolean isFlushed(String lsn) throws SQLException {
        return RangeStore.isFlushed(session.connection(), lsn);
    }

    @Override
    public void touch() throws SQLException {
        session.transaction(connection -> {
            SettleStore.touch(connection, topic);
            return true;
        });
    }
}
