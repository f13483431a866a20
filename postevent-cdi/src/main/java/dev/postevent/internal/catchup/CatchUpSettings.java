package dev.postevent.internal.catchup;

import java.time.Duration;

/**
 * How a topic is kept complete.
 *
 * @param grace how long a gap may stay open before the event log is asked; 0 or more
 * @param rowsMax most rows of one range read, at least 1
 * @param bytesMax data bytes after which a range read stops, at least 1
 * @param interval how often the event log is asked although nothing seems to be missing
 * @param gapLimit how long a gap may be held open at the source before that is a fault
 */
public record CatchUpSettings(Duration grace, int rowsMax, long bytesMax, Duration interval, Duration gapLimit) {}
