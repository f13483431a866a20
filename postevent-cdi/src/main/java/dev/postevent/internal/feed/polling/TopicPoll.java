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
 * How far one topic was handed over. Positions at or below {@code after} are done with; above it there may be a hole that can still
 * fill, so each look reads holes and what is above, and not again what was handed already. What is handed above a hole is no more than one
 * read holds: beyond it there is nothing anybody could use before the hole is closed. Nor do all reads of one look together bring more,
 * however many holes fill at once: the next look brings the rest.
 *
 * <p>Of what stands at {@code after} the identity is looked at each time, after the reads: if it is not what stood there, the table is
 * another one, stays so, and nothing in it follows on what was handed.
 */
final class TopicPoll {
    /** Above so many holes all is read again; each costs a statement. */
    private static final int HOLES_MAX = 8;

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
    boolean look(Listener listener, long nanos) {
        if (failures > 0 && nanos - retryAt < 0) {
            return false;
        }
        if (!begun && !begin(listener)) {
            return false;
        }
        Look look = new Look();
        look.read();
        LogEntry there = look.gone >= after ? last : log.identity(topic, after);
        if (look.gone < after && !isAsSeen(there)) {
            // emptied, or made anew, and maybe filled again: what comes next may stand below
            begun = false;
            handed.clear();
            listener.onDoubt(topic + ": at position " + after + " there is "
                    + (there == null ? "nothing any more" : "another row than polling has seen there"));
            return true;
        }
        return taken(look, listener);
    }

    /** False if what stood at the head has just been removed: the next look finds another head. */
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

    private boolean taken(Look look, Listener listener) {
        if (failures > 0) {
            listener.onDoubt(topic + ": polling goes on after " + failures + " failures");
        }
        if (!look.news.isEmpty()) {
            listener.onBatch(Map.of(topic, look.news));
            entries += look.news.size();
        }
        look.news.forEach(entry -> handed.put(entry.position(), Handed.of(entry)));
        doneWith(Math.max(look.dense, look.gone));
        failures = 0;
        fault = null;
        return !look.news.isEmpty();
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

    /** One look at what is above {@code after}. */
    private final class Look {
        private final List<LogEntry> news = new ArrayList<>();
        private long dense = after;
        private long gone;
        private boolean open;
        /** What the reads of this look may still bring. */
        private int rowsLeft = settings.batchMax();

        private long bytesLeft = settings.bytesMax();

        void read() {
            long from = after;
            int holes = 0;
            int rows = settings.batchMax();
            long bytes = settings.bytesMax();
            for (Map.Entry<Long, Handed> next : handed.entrySet()) {
                long position = next.getKey();
                if (position > from + 1) {
                    if (holes == HOLES_MAX) {
                        break;
                    }
                    holes++;
                    if (!read(from, position - 1, settings.batchMax(), settings.bytesMax())) {
                        return; // nothing above this hole was looked at
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

    /** Notes a failure; the next look comes after a back-off. Returns how many there were in a row. */
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
