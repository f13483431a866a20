package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.DatabaseStore;
import dev.postevent.internal.feed.FeedFault;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Whether a stream can come from the server that the feed's connections lead to. */
final class ServerCheck {
    private final SlotStore slots;
    private final DataSource dataSource;
    /** By the server's clock; null until a server was seen. Of the feed's thread. */
    private @Nullable OffsetDateTime firstSeen;

    ServerCheck(SlotStore slots, DataSource dataSource) {
        this.slots = slots;
        this.dataSource = dataSource;
    }

    /**
     * The server.
     *
     * @param firstSeen when this feed first saw it, by its clock
     */
    record Seen(String database, OffsetDateTime firstSeen) {}

    /** Throws if the server has no logical decoding. */
    Seen mustDecode(Connection connection, FeedTarget target) throws SQLException {
        SlotStore.Server server = slots.server(connection);
        OffsetDateTime first = firstSeen == null ? server.now() : firstSeen;
        firstSeen = first;
        if (server.standby()) {
            throw new FeedFault(
                    FeedFault.SERVER,
                    "the feed's URL " + target + " leads to a standby; it has to lead to the primary");
        }
        if (!server.decodes()) {
            throw new FeedFault(
                    FeedFault.SERVER,
                    "the server has wal_level=" + server.walLevel()
                            + ", streaming needs 'logical': set it and restart PostgreSQL, or set postevent.feed.kind=polling");
        }
        return new Seen(server.database(), first);
    }

    /** Throws if the database is not that of the data source. */
    void mustBeShared(Connection connection, FeedTarget target) throws SQLException {
        if (!DatabaseStore.isShared(connection, dataSource)) {
            throw new FeedFault(
                    FeedFault.SERVER,
                    "the feed's URL " + target
                            + " leads to another database than the data source, or to another server. Set"
                            + " postevent.feed.url to the data source's database");
        }
    }
}
