package dev.postevent.internal.feed.polling;

import dev.postevent.internal.feed.Causes;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed.Listener;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How far one topic was handed over. Positions at or below {@code after} are done with; above it there may be a gap that can still
 * fill, so each poll reads gaps and what is above, and not again what was handed already. What is handed above a gap is no more than one
 * read holds: beyond it there is nothing anybody could use before the gap is closed. Nor do all reads of one poll together bring more,
 * however many gaps fill at once: the next poll brings the rest.
 *
 * <p>Of what stands at {@code after} the identity is compared each time, after the reads: if it is not what stood there, the table is
 * another one, stays so, and nothing in it follows on what was handed.
 */
final class TopicPoll {
    /** Above so many gaps all is read again; each costs a statement. */
    private static final int GAPS_MAX = 8;

    private final TopicName topic;
    private final EventLog log;
    private final PollingFeedSettings settings;
    private final RandomGenerator random;
    /** Above {@code after}, by position. */
    private final NavigableMap<Long, Handed> handed = new TreeMap<>();

    private boolean begun;
    private long after;
    /** What stood at {@code after}; null: nothing, it was removed. */
    private @Nullable LogEntry last;

    private long entries;
    private int failures;
    private long retryAt;
    private @Nullable String fault;

    TopicPoll(TopicName topic, EventLog log, PollingFeedSettings settings, RandomGenerator random) {
        this.topic = topic;
        this.log = log;
        this.settings = settings;
        this.random = random;
    }

    TopicName topic() {
        return topic;
    }

    /** Entries handed over. */
    long entries() {
        return entries;
    }

    /** Why it cannot be read now; null if it can. */
    @Nullable
    String fault() {
        return fault;
    }

    /** Hands over what is new; true if there was something. Nothing is done with before the listener has returned. */
    boolean once(Listener listener, long nanos) {
        if (failures > 0 && nanos - retryAt < 0) {
            return false;
        }
        if (!begun && !begin(listener)) {
            return false;
        }
        Found found = new Found();
        found.read();
        LogEntry there = found.gone >= after ? last : log.identity(topic, after);
        if (found.gone < after && !isAsSeen(there)) {
            // emptied, or made anew, and maybe filled again: what comes next may stand below
            begun = false;
            handed.clear();
            listener.onDoubt(topic + ": at position " + after + " there is "
                    + (there == null ? "nothing any more" : "another row than polling has seen there"));
            return true;
        }
        return taken(found, listener);
    }

    /** False if what stood at the head has just been removed: the next poll finds another head. */
    private boolean begin(Listener listener) {
        // head first, doubt second: the range read that follows the doubt goes at least up to this head
        long head = log.head(topic);
        LogEntry there = log.identity(topic, head);
        if (head > 0 && there == null) {
            return false;
        }
        after = head;
        last = there;
        begun = true;
        listener.onDoubt(topic + ": polling begins after position " + after);
        return true;
    }

    private boolean isAsSeen(@Nullable LogEntry there) {
        return there != null && last != null && there.sameIdentity(last);
    }

    private boolean taken(Found found, Listener listener) {
        if (failures > 0) {
            listener.onDoubt(topic + ": polling goes on after " + failures + " failures");
        }
        if (!found.news.isEmpty()) {
            listener.onBatch(Map.of(topic, found.news));
            entries += found.news.size();
        }
        found.news.forEach(entry -> handed.put(entry.position(), Handed.of(entry)));
        doneWith(Math.max(found.dense, found.gone));
        failures = 0;
        fault = null;
        return !found.news.isEmpty();
    }

    private void doneWith(long through) {
        if (through > after) {
            Handed there = handed.get(through);
            last = there == null ? null : there.identity();
            after = through;
        }
        handed.headMap(after, true).clear();
    }

    /**
     * What is remembered of an entry that was handed over: not what it holds, which may be large.
     *
     * @param weight of all of it
     */
    private record Handed(LogEntry identity, long weight) {
        static Handed of(LogEntry entry) {
            LogEntry identity = LogEntry.at(entry.position())
                    .kind(entry.isVoid() ? 'v' : 'e')
                    .id(entry.id())
                    .source(entry.source())
                    .type("")
                    .build();
            return new Handed(identity, entry.weight());
        }
    }

    /** What one poll finds above {@code after}. */
    private final class Found {
        private final List<LogEntry> news = new ArrayList<>();
        private long dense = after;
        private long gone;
        private boolean open;
        /** What the reads of this poll may still bring. */
        private int rowsLeft = settings.batchMax();

        private long bytesLeft = settings.bytesMax();

        void read() {
            long from = after;
            int gaps = 0;
            int rows = settings.batchMax();
            long bytes = settings.bytesMax();
            for (Map.Entry<Long, Handed> next : handed.entrySet()) {
                long position = next.getKey();
                if (position > from + 1) {
                    if (gaps == GAPS_MAX) {
                        break;
                    }
                    gaps++;
                    if (!read(from, position - 1, settings.batchMax(), settings.bytesMax())) {
                        return; // nothing above this gap was looked at
                    }
                }
                dense = open ? dense : position;
                from = position;
                rows--;
                bytes -= next.getValue().weight();
            }
            boolean unused = read(from, Long.MAX_VALUE, rows, bytes);
        }

        /** False if there is no room for what it may bring. */
        private boolean read(long from, long through, int rowsMax, long bytesMax) {
            int rows = Math.min(rowsMax, rowsLeft);
            long bytes = Math.min(bytesMax, bytesLeft);
            if (rows <= 0 || bytes <= 0) {
                return false;
            }
            Range range = log.read(topic, from, through, rows, bytes);
            for (LogEntry entry : range.entries()) {
                rowsLeft--;
                bytesLeft -= entry.weight();
            }
            range.entries().stream()
                    .filter(entry -> !handed.containsKey(entry.position()))
                    .forEach(news::add);
            gone = Math.max(gone, range.goneThrough());
            if (!open) {
                dense = Math.max(dense, Math.min(range.settledThrough(), through));
                open = dense < through;
            }
            return true;
        }
    }

    /** Notes a failure; the next poll comes after a back-off. Returns how many there were in a row. */
    int failed(Throwable cause, long nanos) {
        failures++;
        fault = Causes.describe(cause);
        Duration wait = backoff().waitAfter(failures, random);
        retryAt = nanos + wait.toNanos();
        return failures;
    }

    private Backoff backoff() {
        return settings.backoff();
    }
}
