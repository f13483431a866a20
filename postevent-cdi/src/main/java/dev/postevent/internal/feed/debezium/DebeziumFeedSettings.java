package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.threads.Backoff;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * What the Debezium feed is told.
 *
 * @param application names slot and publication, {@code postevent_<application>}; 1 to 40 of a-z, 0-9, _, beginning with a letter;
 *     the same on all nodes
 * @param node names this node in {@code pg_stat_activity}; different on each node
 * @param target asked anew at each connect, so that a password that was changed is picked up
 * @param heartbeat how often an idle feed tells the server how far it is, at least 100 ms
 * @param queue what is read and not yet handed over
 * @param behindMax events the stream may be behind before it skips them, at least 1: they are read from the tables instead
 * @param lease after how long without a sign of life another node streams, at least 1 s; more than 10 s count as 10 s
 * @param backoff waits between restarts
 */
public record DebeziumFeedSettings(
        String application,
        String node,
        Supplier<FeedTarget> target,
        Duration heartbeat,
        Queue queue,
        long behindMax,
        Duration lease,
        Backoff backoff) {
    /**
     * What is read and not yet handed over.
     *
     * @param pollInterval what comes within this time of a batch goes into the next one together, at least 1 ms
     * @param batchMax most rows of one batch, at least 1
     * @param rowsMax most rows, more than {@code batchMax}
     * @param bytesMax most bytes, at least 1
     */
    public record Queue(Duration pollInterval, int batchMax, int rowsMax, long bytesMax) {
        /** Checks the bounds. */
        public Queue {
            if (pollInterval.toMillis() < 1) {
                throw new IllegalArgumentException("pollInterval must be at least 1 ms, got " + pollInterval);
            }
            if (batchMax < 1 || rowsMax <= batchMax || bytesMax < 1) {
                throw new IllegalArgumentException("batchMax and bytesMax of the queue must be at least 1 and rowsMax"
                        + " more than batchMax, got " + batchMax + ", " + bytesMax + ", " + rowsMax);
            }
        }
    }

    /** WAL of an event without data: its row and two index entries. */
    private static final long EVENT_BYTES_LEAST = 400;

    /** A machine that vanished without a word keeps slot and WAL for no longer, however long lanes may stay with their nodes. */
    private static final Duration LEASE_MOST = Duration.ofSeconds(10);

    private static final Pattern APPLICATION = Pattern.compile("[a-z][a-z0-9_]{0,39}");

    /** Checks the bounds: the application's name becomes part of SQL. */
    public DebeziumFeedSettings {
        if (!APPLICATION.matcher(application).matches()) {
            throw new IllegalArgumentException(
                    "application must be 1 to 40 of a-z, 0-9, _ and begin with a letter, got '" + application + "'");
        }
        if (heartbeat.toMillis() < 100) {
            throw new IllegalArgumentException("heartbeat must be at least 100 ms, got " + heartbeat);
        }
        if (lease.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("lease must be at least 1 s, got " + lease);
        }
        if (behindMax < 1) {
            throw new IllegalArgumentException("behindMax must be at least 1, got " + behindMax);
        }
    }

    /** WAL that {@link #behindMax} events take at least. */
    long behindMaxBytes() {
        return behindMax > Long.MAX_VALUE / EVENT_BYTES_LEAST ? Long.MAX_VALUE : behindMax * EVENT_BYTES_LEAST;
    }

    /** How long the server keeps the slot for a silent node: what is left of the lease is for another to notice. */
    Duration silenceMax() {
        return (lease.compareTo(LEASE_MOST) < 0 ? lease : LEASE_MOST)
                .multipliedBy(4)
                .dividedBy(5);
    }

    /** Name of the slot, the only one this feed ever touches. */
    String slot() {
        return slotOf(application);
    }

    /** Name of the slot of an application. */
    public static String slotOf(String application) {
        return "postevent_" + application;
    }

    /** Name of the publication, the only one this feed ever touches. */
    String publication() {
        return "postevent_" + application;
    }
}
