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

    public FeedState(Kind kind, String engine) {
        this.status = Status.of(kind, engine, Instant.now());
    }

    public Status get() {
        return status;
    }

    /** Changes the state; {@code since} stays if it is the same. */
    public synchronized void set(State state, @Nullable String detail) {
        status = status.in(state, detail, Instant.now());
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
