package dev.postevent.internal.feed.polling;

import dev.postevent.internal.threads.Backoff;
import java.time.Duration;

/**
 * What the polling feed is told.
 *
 * @param pollInterval wait between two polls while entries come in, at least 1 ms
 * @param pollIdleMax greatest wait while nothing comes in, at least {@code pollInterval}
 * @param batchMax most rows of one read, at least 1
 * @param bytesMax data bytes after which a read stops, at least 1
 * @param backoff waits after faults
 */
public record PollingFeedSettings(
        Duration pollInterval, Duration pollIdleMax, int batchMax, long bytesMax, Backoff backoff) {

    /** Checks the bounds. */
    public PollingFeedSettings {
        if (pollInterval.toMillis() < 1 || pollIdleMax.compareTo(pollInterval) < 0 || batchMax < 1 || bytesMax < 1) {
            throw new IllegalArgumentException(
                    "expected 1 ms <= pollInterval <= pollIdleMax, batchMax >= 1, bytesMax >= 1; got " + pollInterval
                            + ", " + pollIdleMax + ", " + batchMax + ", " + bytesMax);
        }
    }
}
