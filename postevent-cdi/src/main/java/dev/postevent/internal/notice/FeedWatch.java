package dev.postevent.internal.notice;

import dev.postevent.Notice;
import dev.postevent.internal.flow.Told;
import dev.postevent.spi.Feed;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Which feeds are down, as told: a feed is from when it is found to be until it streams again, or another node does. It has no clock and
 * no thread. Used by one thread at a time.
 */
public final class FeedWatch {
    private final Predicate<Feed.Status> isDown;
    private final Consumer<? super Notice> notices;
    private final Map<String, Instant> downSince = new HashMap<>();

    /**
     * Makes it; no feed is down.
     *
     * @param isDown whether a feed that does not stream has not for too long
     */
    public FeedWatch(Predicate<Feed.Status> isDown, Consumer<? super Notice> notices) {
        this.isDown = isDown;
        this.notices = notices;
    }

    /** How the feeds are doing at this moment, by name. */
    public void are(Map<String, Feed.Status> feeds) {
        feeds.forEach(this::is);
    }

    private void is(String feed, Feed.Status status) {
        Instant since = downSince.get(feed);
        if (since == null && isDown.test(status)) {
            downSince.put(feed, status.since());
            notices.accept(
                    new Told.FeedDown(feed, status.engine(), status.since(), Optional.ofNullable(status.detail())));
        } else if (since != null && isUp(status)) {
            downSince.remove(feed);
            notices.accept(new Told.FeedUp(feed, status.engine(), since));
        }
    }

    private static boolean isUp(Feed.Status status) {
        return status.state() == Feed.State.STREAMING || status.state() == Feed.State.STANDBY;
    }
}
