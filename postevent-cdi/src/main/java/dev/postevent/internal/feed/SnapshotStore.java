package dev.postevent.internal.feed;

import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Asks the source what its queries see, on a connection of its own: it is asked while a batch waits, and no pool may make it wait
 * longer. A connection that is lost while nothing happens (an idle limit, a firewall) is made anew.
 *
 * <p>A snapshot may be taken ahead, by the thread that has read a batch while others carry it on: so that who has the batch then need
 * not ask. The stream finds it by its name, as Debezium makes the stream's parts itself.
 *
 * <p>Any number of threads: one asks, the others wait for it. {@link #close} waits for nobody.
 */
public final class SnapshotStore implements VisibleFirst.Snapshots, AutoCloseable {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");
    // in this order: what the snapshot shows was there before the tables are looked at
    private static final String SNAPSHOT = "select pg_catalog.pg_current_snapshot()::text, ";

    // by their locks, which every role may see. A prepared transaction has no process
    private static final String HOLDERS = """
            select l.transactionid::text,
                   case when l.pid is null then 'prepared transaction ''' || coalesce(p.gid, '') || ''''
                        else 'pid ' || l.pid || ' (application ''' || coalesce(a.application_name, '') || ''')'
                             || coalesce(' waits for ' || a.wait_event, '') end
              from pg_catalog.pg_locks l
              left join pg_catalog.pg_stat_activity a on a.pid = l.pid
              left join pg_catalog.pg_prepared_xacts p on l.pid is null and p.transaction = l.transactionid
             where l.locktype = 'transactionid' and l.mode = 'ExclusiveLock' and l.granted
               and l.transactionid::text = any (?)
            """;

    /** One that was taken ahead is for the batch that was read right then. */
    private static final long AHEAD_NANOS = 1_000_000_000;

    /** Makes a connection. */
    @FunctionalInterface
    public interface Connect {
        Connection open() throws SQLException;
    }

    /** Those that are open, by the names of their streams. */
    private static final Map<String, SnapshotStore> OPEN = new ConcurrentHashMap<>();

    private final String stream;
    private final Connect connect;
    private final TopicTableStore tables;
    private final DataSource dataSource;
    /** Taken and not handed out yet; under the monitor. */
    private @Nullable Snapshot ahead;

    private long aheadSince;
    /** False while nobody needs one, because who stores a batch asks himself. */
    private volatile boolean needed = true;

    private volatile @Nullable Connection connection;
    private volatile @Nullable PreparedStatement snapshot;
    private volatile boolean closed;

    /**
     * For a stream that has just begun; it connects when it is asked first.
     *
     * @param stream whose entries wait for the snapshots
     * @param tables what it brings rows of
     * @param dataSource may read them
     */
    public SnapshotStore(String stream, Connect connect, TopicTableStore tables, DataSource dataSource) {
        this.stream = stream;
        this.connect = connect;
        this.tables = tables;
        this.dataSource = dataSource;
        OPEN.put(stream, this);
    }

    /** That of a stream. */
    public static SnapshotStore of(String stream) {
        SnapshotStore store = OPEN.get(stream);
        if (store == null) {
            throw new IllegalStateException("the stream " + stream + " was ended before it began");
        }
        return store;
    }

    /** Takes the snapshot that the next {@link #take} returns, if the last batch needed one. */
    public void takeAhead() {
        if (needed) {
            takeNow();
        }
    }

    private synchronized void takeNow() {
        ahead = null;
        if (!needed) {
            return;
        }
        try {
            ahead = ask();
            aheadSince = System.nanoTime();
        } catch (SQLException | FeedFault e) {
            disconnect();
            LOG.log(Level.DEBUG, "no snapshot ahead; whoever needs one asks, and says it if there is none", e);
        }
    }

    @Override
    public VisibilityCondition condition(Collection<Long> transactions) {
        return tables.condition(transactions);
    }

    @Override
    public synchronized void notNeeded() {
        needed = false;
        ahead = null;
    }

    @Override
    public synchronized Snapshot take() {
        needed = true;
        Snapshot taken = ahead;
        ahead = null;
        if (taken != null && System.nanoTime() - aheadSince < AHEAD_NANOS) {
            return taken;
        }
        try {
            return ask();
        } catch (SQLException first) {
            disconnect();
            try {
                return ask();
            } catch (SQLException e) {
                disconnect();
                e.addSuppressed(first);
                throw new FeedFault(
                        FeedFault.CONNECT,
                        "the source cannot be asked which transactions are visible: " + Causes.describe(e),
                        e);
            }
        }
    }

    private Snapshot ask() throws SQLException {
        try (ResultSet row = prepared().executeQuery()) {
            row.next();
            tables.mustBe(row.getString(2));
            return Snapshot.parse(row.getString(1));
        }
    }

    @Override
    public Map<Long, LogEntry> rows(TopicName topic, Collection<Long> positions) {
        try {
            return LocalTransaction.each(dataSource, reading -> TopicTableStore.rows(reading, topic, positions));
        } catch (SQLException e) {
            if (Causes.isRefused(e)) {
                // a role that may not read a topic has nobody here who catches up on it
                LOG.log(Level.DEBUG, topic + ": what was committed before the stream began is left out", e);
                return Map.of();
            }
            throw new FeedFault(
                    FeedFault.CONNECT,
                    "the source cannot be asked whether " + topic + " still has what the stream brings: "
                            + Causes.describe(e),
                    e);
        }
    }

    // its connection is kept, and closed with this
    @SuppressWarnings("MustBeClosedChecker")
    private PreparedStatement prepared() throws SQLException {
        PreparedStatement known = snapshot;
        if (known != null) {
            return known;
        }
        Connection opened = connect.open();
        connection = opened;
        // after it is where close finds it
        if (closed) {
            throw new SQLException("the feed ends", "57P01");
        }
        // a default of "serializable, read only, deferrable" would wait for others
        opened.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
        PreparedStatement made = opened.prepareStatement(SNAPSHOT + tables.expression());
        snapshot = made;
        return made;
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        snapshot = null;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException e) {
                LOG.log(Level.DEBUG, "a connection for snapshots could not be closed; the server ends it", e);
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        OPEN.remove(stream, this);
        disconnect();
    }

    /** Who runs {@code transactions}, for a person, by their 32 bits; those that are over are left out. */
    public static Map<Long, String> holders(Connection connection, List<Long> transactions) throws SQLException {
        String[] names = transactions.stream().map(String::valueOf).toArray(String[]::new);
        Map<Long, String> holders = new LinkedHashMap<>();
        try (PreparedStatement select = connection.prepareStatement(HOLDERS)) {
            select.setArray(1, connection.createArrayOf("text", names));
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    // a name may be anything
                    holders.putIfAbsent(
                            Long.parseLong(row.getString(1)), row.getString(2).replaceAll("[^ -~]", "?"));
                }
            }
        }
        return holders;
    }
}
