package dev.postevent.internal.feed;

import dev.postevent.spi.Feed.Kind;
import dev.postevent.spi.Feed.State;
import dev.postevent.spi.Feed.Status;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The status of a feed, written by its thread and read by anybody without a wait. */
public final class FeedState {
    private final Map<String, String> facts = new TreeMap<>();
    private volatile Status status;
    private boolean over;

    public FeedState(Kind kind, String engine) {
        this.status = Status.of(kind, engine, Instant.now());
    }

    public Status get() {
        return status;
    }

    /**
     * Changes the state; {@code since} stays if it is the same. After {@link State#STOPPED} comes nothing more: a batch
     * may outlast the limit of the feed's stop.
     */
    public synchronized void set(State state, @Nullable String detail) {
        if (!over) {
            over = state == State.STOPPED;
            status = status.in(state, detail, Instant.now());
        }
    }

    /** Sets facts; an empty value takes one away. */
    public synchronized void facts(Map<String, String> changes) {
        changes.forEach((name, value) -> {
            if (value.isEmpty()) {
                facts.remove(name);
            } else {
                facts.put(name, value);
            }
        });
        status = status.withFacts(facts);
    }
}
