package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.flow.InboxWriter;
import dev.postevent.internal.flow.Kept;
import dev.postevent.internal.flow.Released;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** Catch-up of one topic over a source and an inbox in memory, step by step: its tasks run when the test says so. */
abstract class CatchUpStage {
    static final TopicName ORDERS = new TopicName("orders");

    final TreeMap<Long, LogEntry> source = new TreeMap<>();
    final Memory inbox = new Memory();
    final List<String> told = new ArrayList<>();
    /** What was told without all its entries. */
    final List<String> read = new ArrayList<>();

    final TasksByHand pool = new TasksByHand();

    @Nullable
    Runnable regular;

    final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1) {
        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long initial, long delay, TimeUnit unit) {
            regular = task;
            return super.scheduleWithFixedDelay(task, initial, delay, unit);
        }
    };
    Origin origin = Origin.of("1", 1, 1);
    int originsAsked;
    long gone;
    /** Most entries of one read, as if they were large. */
    long largest = 100;

    final List<Long> positionsRead = new ArrayList<>();
    /** Position that a transaction holds open at the source; 0: none. */
    long open;

    /** Position of an entry that a remote source cannot send; 0: none. */
    long unsendable;

    @Nullable
    Runnable meanwhile;

    final CatchUp catchUp = new CatchUp(
            ORDERS,
            new Log(),
            inbox,
            new Told(),
            new CatchUpSettings(Duration.ofHours(1), 100, 1 << 20, Duration.ofHours(1), Duration.ofHours(1)),
            new Surroundings(pool, timer, System::nanoTime, new Random(1), notice -> {}));

    @AfterEach
    void end() throws InterruptedException {
        catchUp.stop();
        timer.shutdownNow();
        assertThat(timer.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }

    void runAll() {
        pool.runAll();
    }

    static LogEntry entry(long position) {
        return LogEntry.at(position)
                .id("e" + position)
                .source("urn:test")
                .type("t")
                .build();
    }

    static LogEntry voidAt(long position) {
        return LogEntry.at(position)
                .kind('v')
                .id("void-" + position)
                .source("urn:postevent:void")
                .type("postevent.void")
                .build();
    }

    static List<Long> positions(List<LogEntry> entries) {
        return entries.stream().map(LogEntry::position).toList();
    }

    static List<Long> numbers(long from, long through) {
        return LongStream.rangeClosed(from, through).boxed().toList();
    }

    void publish(long from, long through) {
        for (long position = from; position <= through; position++) {
            source.put(position, entry(position));
        }
    }

    final class Log implements EventLog {
        @Override
        public Origin origin(TopicName topic) {
            originsAsked++;
            Runnable once = meanwhile;
            meanwhile = null;
            if (once != null) {
                once.run();
            }
            return origin;
        }

        @Override
        public long head(TopicName topic) {
            return source.isEmpty() ? 0 : source.lastKey();
        }

        @Override
        public long settled(TopicName topic) {
            return head(topic);
        }

        @Override
        public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            long last = Math.min(Math.min(through, after + largest), head(topic));
            if (unsendable > after && unsendable <= last) {
                if (unsendable == after + 1) {
                    throw new PosteventException("PSTEV35020", "no message carries position " + unsendable);
                }
                return Range.of(
                                List.copyOf(source.subMap(after, false, unsendable, false)
                                        .values()),
                                unsendable - 1)
                        .withGoneThrough(gone)
                        .withMore(true);
            }
            List<LogEntry> entries = List.copyOf(
                    source.subMap(after, false, Math.max(after, last), true).values());
            positionsRead.addAll(positions(entries));
            boolean held = open > after && open <= last;
            return Range.of(entries, held ? open - 1 : Math.max(after, last))
                    .withBlocker(held ? "slow" : null)
                    .withGoneThrough(gone)
                    .withMore(!held && last < Math.min(through, head(topic)));
        }
    }

    /** An inbox, and what can happen to one. */
    static final class Memory implements InboxWriter {
        final TreeMap<Long, LogEntry> messages = new TreeMap<>();
        long mark;
        long serverStart = 1;

        @Nullable
        Origin origin;

        boolean copied = true;
        long handled;
        long begun;
        int stored;

        void loseAbove(long position, long markNow) {
            messages.tailMap(position, false).clear();
            mark = markNow;
        }

        @Override
        public InboxMark mark(TopicName topic) {
            return new InboxMark(mark, serverStart);
        }

        @Override
        public boolean store(TopicName topic, List<LogEntry> entries, InboxMark known, long markNow) {
            if (mark < known.mark() || serverStart != known.serverStart()) {
                return false;
            }
            TreeMap<Long, LogEntry> then = new TreeMap<>(messages);
            for (LogEntry entry : entries) {
                LogEntry before = then.putIfAbsent(entry.position(), entry);
                if (before != null && !before.sameIdentity(entry)) {
                    throw new DivergedSourceException(
                            "position " + entry.position() + " is " + entry + " at the source, was " + before);
                }
            }
            if (then.subMap(mark, false, Math.max(mark, markNow), true).size() < markNow - mark) {
                return false;
            }
            messages.putAll(then);
            stored += entries.size();
            mark = Math.max(mark, markNow);
            return true;
        }

        @Override
        public boolean storeNext(
                TopicName topic, List<LogEntry> entries, InboxMark known, VisibilityCondition condition) {
            long last = entries.get(entries.size() - 1).position();
            return condition.transactions().isEmpty()
                    && known.mark() == mark
                    && last == mark + entries.size()
                    && store(topic, entries, known, last);
        }

        @Override
        public void passGone(TopicName topic, long through) {
            mark = Math.max(mark, through);
        }

        @Override
        public @Nullable LogEntry at(TopicName topic, long position) {
            return messages.get(position);
        }

        @Override
        public Kept kept(TopicName topic, long through) {
            LogEntry last = null;
            for (LogEntry entry : messages.headMap(through, true).values()) {
                last = entry.isVoid() ? last : entry;
            }
            return new Kept(copied, copied ? last : null, handled, begun);
        }

        @Override
        public @Nullable Origin origin(TopicName topic) {
            return origin;
        }

        @Override
        public void saveOrigin(TopicName topic, Origin now) {
            origin = now;
        }
    }

    final class Told implements Released {
        @Override
        public void released(TopicName topic, long after, @Nullable List<LogEntry> entries, long through) {
            told.add(after + " to " + through);
            if (entries == null ? through > 0 : !positions(entries).equals(numbers(after + 1, through))) {
                read.add(after + " to " + through);
            }
        }

        @Override
        public void setBack(TopicName topic, long through) {
            told.add("back to " + through);
        }
    }

    static LogEntry other(long position) {
        return LogEntry.at(position)
                .id("other" + position)
                .source("urn:test")
                .type("t")
                .build();
    }

    void received() {
        catchUp.start();
        runAll();
        assertThat(inbox.mark).isEqualTo(source.lastKey());
        assertThat(catchUp.status().fault()).isNull();
    }

    String faultAfterADoubt() {
        catchUp.doubt();
        runAll();
        return String.valueOf(catchUp.status().fault());
    }

    /** A pass that nobody's doubt asked for, as the timer makes it. */
    void regularPass() {
        Objects.requireNonNull(regular).run();
        runAll();
    }
}
