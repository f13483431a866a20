package dev.postevent.internal.outbox;

import dev.postevent.PosteventException;
import dev.postevent.spi.TopicName;
import java.util.concurrent.TimeUnit;

/** The wait between two looks at the database. */
final class Pause {
    private Pause() {}

    static void millis(long millis, TopicName topic) {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PosteventException(
                    "PSTEV31044", "reading " + topic + ": interrupted while waiting for the database; ask again", e);
        }
    }
}
