package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.FeedState;
import dev.postevent.internal.feed.SnapshotStore;
import dev.postevent.internal.feed.VisibleFirst;
import dev.postevent.spi.Feed.Listener;
import dev.postevent.spi.Feed.State;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the feed tells of itself: its status, and the doubts that have the tables read. All of it on the feed's thread. */
final class FeedReport {
    private static final Logger LOG = System.getLogger("dev.postevent.feed");

    private final FeedSetup setup;
    private final FeedState state;
    private final Listener listener;
    private final BatchHandler handler;
    /** Of the feed's thread. */
    private long restarts;

    FeedReport(FeedSetup setup, FeedState state, Listener listener, BatchHandler handler) {
        this.setup = setup;
        this.state = state;
        this.listener = listener;
        this.handler = handler;
    }

    boolean isIn(State which) {
        return state.get().state() == which;
    }

    void in(State which, @Nullable String detail) {
        state.set(which, detail);
    }

    /** A stream broke, or did not come about. */
    void restarts(@Nullable String detail) {
        restarts++;
        in(State.RETRYING, detail);
        state.facts(Map.of("restarts", Long.toString(restarts)));
    }

    /** Something may be missing: the tables have to be read. */
    void doubt(String reason) {
        try {
            listener.onDoubt(reason);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, setup.slot() + ": the listener refused a doubt; the next one follows", e);
        }
    }

    void slot(SlotState slot) {
        state.facts(Map.of(
                "slot", setup.slot(),
                "publication", setup.settings().publication(),
                "wal_status", slot.walStatus() == null ? "" : slot.walStatus(),
                "lag_bytes", Long.toString(slot.lagBytes()),
                "retained_bytes", Long.toString(slot.retainedBytes()),
                "holder", slot.holder() == null ? "" : slot.holder().toString(),
                "restarts", Long.toString(restarts),
                "entries", Long.toString(handler.entries()),
                "unreadable", Long.toString(handler.unreadable())));
    }

    /** What has come and waits for longer than a commit takes, by topic, and whose it is. */
    void notVisible(Connection connection, List<VisibleFirst.Waiting> waiting) throws SQLException {
        long now = System.nanoTime();
        Map<TopicName, VisibleFirst.Waiting> oldest = new TreeMap<>();
        for (VisibleFirst.Waiting one : waiting) {
            if (now - one.sinceNanos() >= setup.timing().watch().toNanos()) {
                oldest.putIfAbsent(one.topic(), one);
            }
        }
        Map<Long, String> holders = oldest.isEmpty()
                ? Map.of()
                : SnapshotStore.holders(
                        connection,
                        oldest.values().stream()
                                .map(VisibleFirst.Waiting::transaction)
                                .toList());
        Map<String, String> facts = new HashMap<>();
        for (TopicName topic : setup.topics()) {
            VisibleFirst.Waiting one = oldest.get(topic);
            facts.put(
                    VisibleFirst.fact(topic),
                    one == null
                            ? ""
                            : "position " + one.position() + " is committed, and came through the stream "
                                    + TimeUnit.NANOSECONDS.toSeconds(now - one.sinceNanos())
                                    + " s ago, but nobody can see it yet: transaction " + one.transaction()
                                    + " has not ended: "
                                    + holders.getOrDefault(one.transaction(), "it ends right now")
                                    + ". Is a synchronous standby away?");
        }
        state.facts(facts);
    }
}
