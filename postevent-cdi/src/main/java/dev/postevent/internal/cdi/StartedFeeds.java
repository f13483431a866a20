package dev.postevent.internal.cdi;

import dev.postevent.spi.Feed;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** A feed is started once, however often the start of the application has to be repeated. */
final class StartedFeeds {
    private final Set<Feed> started = Collections.newSetFromMap(new IdentityHashMap<>());

    /** Starts {@code feed} unless it was; one that could not start is tried again. */
    void start(Feed feed, Feed.Listener listener) {
        if (!started.contains(feed)) {
            feed.start(listener);
            started.add(feed);
        }
    }
}
