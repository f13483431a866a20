package dev.postevent.internal.feed;

import dev.postevent.spi.Feed.State;
import dev.postevent.spi.Feed.Status;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The status of a feed, written by its thread and read by anybody without a wait. */
final class FeedState {
    private final Map<String, String> facts = new TreeMap<>();
    private volatile Status status;

    FeedState(String kind, String engine) {
        this.status = new Status(kind, engine, State.STOPPED, null, Instant.now(), Map.of());
    }

    Status get() {
        return status;
    }

    /** Changes the state; {@code since} stays if it is the same. */
    synchronized void set(State state, @Nullable String detail) {
        Status old = status;
        Instant since = old.state() == state ? old.since() : Instant.now();
        status = new Status(old.kind(), old.engine(), state, detail, since, facts);
    }

    /** Sets facts; an empty value takes one away. */
    synchronized void facts(Map<String, String> changes) {
        changes.forEach((name, value) -> {
            if (value.isEmpty()) {
                facts.remove(name);
            } else {
                facts.put(name, value);
            }
        });
        Status old = status;
        status = new Status(old.kind(), old.engine(), old.state(), old.detail(), old.since(), facts);
    }
}
