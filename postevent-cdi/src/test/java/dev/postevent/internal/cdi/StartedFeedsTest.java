package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StartedFeedsTest {
    private static final Feed.Listener NOBODY = new Feed.Listener() {
        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            throw new UnsupportedOperationException("nothing comes");
        }

        @Override
        public void onDoubt(String reason) {
            throw new UnsupportedOperationException("nothing comes");
        }
    };

    /** As the real ones: not to be started twice; the first attempt may fail. */
    private static final class Once implements Feed {
        private boolean fails;
        private boolean started;

        @Override
        public void start(Listener listener) {
            if (fails) {
                throw new IllegalStateException("not yet");
            }
            if (started) {
                throw new IllegalStateException("the feed was started before");
            }
            started = true;
        }

        @Override
        public void stop(Duration limit) {
            started = false;
        }

        @Override
        public Status status() {
            throw new UnsupportedOperationException("nobody asks");
        }
    }

    @Test
    void aStartThatIsRepeatedStartsEachFeedOnce() {
        StartedFeeds feeds = new StartedFeeds();
        Once well = new Once();
        Once late = new Once();
        late.fails = true;
        feeds.start(well, NOBODY);
        assertThatThrownBy(() -> feeds.start(late, NOBODY)).hasMessage("not yet");
        late.fails = false;
        feeds.start(well, NOBODY);
        feeds.start(late, NOBODY);
        feeds.start(late, NOBODY);
        assertThat(well.started).isTrue();
        assertThat(late.started).isTrue();
    }
}
