package dev.postevent.internal.eventlog;

import dev.postevent.PosteventException;
import dev.postevent.spi.TopicName;
import java.util.concurrent.TimeUnit;

/** The wait between two readings of the database. */
interface Pause {
    /** Sleeps on the calling thread. */
    Pause SLEEP = (millis, topic) -> {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new PosteventException(
                    "PSTEV31044", "reading " + topic + ": interrupted while waiting for the database; ask again", e);
        }
    };

    void millis(long millis, TopicName topic);
}
