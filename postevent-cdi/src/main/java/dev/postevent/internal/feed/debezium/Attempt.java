package dev.postevent.internal.feed.debezium;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One attempt to stream, from its connect to the fault that ends it: how far it came. All of it on the feed's thread. */
final class Attempt {
    private final FeedTarget target;
    private final boolean tolerant;
    private @Nullable String from;
    private @Nullable String stoodAt;
    private boolean streamed;
    private long streamingSince;

    /**
     * Nothing is connected yet.
     *
     * @param tolerant see {@link EngineConfig}
     */
    Attempt(FeedTarget target, boolean tolerant) {
        this.target = target;
        this.tolerant = tolerant;
    }

    FeedTarget target() {
        return target;
    }

    boolean isTolerant() {
        return tolerant;
    }

    /** The stream goes on from where the slot stands; null: it is to be made. */
    void beginsAt(@Nullable String confirmed) {
        from = confirmed;
    }

    /** Where the slot stood; null if it was made, or there was no stream. */
    @Nullable
    String from() {
        return from;
    }

    /** The slot is held by this stream. */
    void streams() {
        streamingSince = System.nanoTime();
        streamed = true;
    }

    boolean hasStreamed() {
        return streamed;
    }

    /** True if it has streamed for {@code time} by {@code nanos}, a {@link System#nanoTime}. */
    boolean hasStreamedFor(Duration time, long nanos) {
        return streamed && nanos - streamingSince >= time.toNanos();
    }

    /** The engine has ended, and its backend, too. */
    void endedAt(@Nullable String confirmed) {
        stoodAt = confirmed;
    }

    /** Where the slot stands now that the engine has ended; null if that is not known. */
    @Nullable
    String stoodAt() {
        return stoodAt;
    }
}
