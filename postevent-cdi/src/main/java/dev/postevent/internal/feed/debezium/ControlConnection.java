package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.Causes;
import dev.postevent.internal.feed.FeedFault;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connection that watches and repairs slot and publication while the engine has one of its own. Whoever stops the feed can break off
 * what it waits for.
 */
final class ControlConnection {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");

    private final BackendName name;
    /** Written by the feed's thread, read by any; null: there is none. */
    private volatile @Nullable Connection open;

    ControlConnection(BackendName name) {
        this.name = name;
    }

    /** What is done with it. */
    interface Work {
        void on(Connection connection) throws SQLException, InterruptedException;
    }

    /** Connects, works, and closes. */
    void use(FeedTarget target, Work work) throws SQLException, InterruptedException {
        try (Connection connection = connect(target)) {
            open = connection;
            DirectConnections.hideDriver();
            work.on(connection);
        } finally {
            open = null;
        }
    }

    /** Breaks off whatever statement it waits for; any thread. */
    void abort() {
        Connection waiting = open;
        if (waiting != null) {
            try {
                waiting.abort(Runnable::run);
            } catch (SQLException e) {
                LOG.log(Level.DEBUG, "the feed's own connection could not be aborted; the server ends it", e);
            }
        }
    }

    /** Another one, which is not broken off. */
    Connection connect(FeedTarget target) {
        try {
            return DirectConnections.open(target, name.control(), Map.of());
        } catch (SQLException e) {
            throw new FeedFault(
                    FeedFault.CONNECT,
                    "the feed cannot connect to " + target + ": " + Causes.describe(e)
                            + ("28P01".equals(e.getSQLState()) || "28000".equals(e.getSQLState())
                                    ? ". Check postevent.feed.user and postevent.feed.password; they are asked for at each try"
                                    : ""),
                    e);
        }
    }
}
