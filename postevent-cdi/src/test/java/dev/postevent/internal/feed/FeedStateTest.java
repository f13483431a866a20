package dev.postevent.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.Feed.Kind;
import dev.postevent.spi.Feed.State;
import org.junit.jupiter.api.Test;

class FeedStateTest {
    private final FeedState state = new FeedState(Kind.STREAM, "test");

    @Test
    void whatABatchShowsAfterTheStopIsNotShown() {
        state.set(State.STARTING, null);
        state.set(State.STOPPED, "interrupted");
        state.set(State.STREAMING, null);
        state.set(State.STARTING, null);
        state.set(State.STOPPED, null);

        assertThat(state.get().state()).isEqualTo(State.STOPPED);
        assertThat(state.get().detail()).as("why it stopped first").isEqualTo("interrupted");
    }
}
