package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.DivergedSourceException;
import dev.postevent.PosteventException;
import dev.postevent.TransientFailureException;
import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.flow.InboxWriter;
import dev.postevent.internal.flow.Kept;
import dev.postevent.internal.flow.Released;
import dev.postevent.internal.worker.VisibilityCondition;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.LogLines;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Catch-up step by step: its tasks run when the test says so. */
class CatchUpTest {
    private static final TopicName ORDERS = new TopicName("orders");

    private final TreeMap<Long, LogEntry> source = new TreeMap<>();
    private final Memory inbox = new Memory();
    private final List<String> told = new ArrayList<>();
    /** What was told without all its entries. */
    private final List<String> read = new ArrayList<>();

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private @Nullable Error noThread;
    private @Nullable Runnable regular;
    private final ScheduledExecutorService timer = new ScheduledThreadPoolExecutor(1) {
        @Override
        public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, long initial, long delay, TimeUnit unit) {
            regular = task;
            return super.scheduleWithFixedDelay(task, initial, delay, unit);
        }
    };
    private Origin origin = Origin.of("1", 1, 1);
    private int originsAsked;
    private long gone;
    /** Most entries of one read, as if they were large. */
    private long largest = 100;

    private final List<Long> positionsRead = new ArrayList<>();
    /** Position that a transaction holds open at the source; 0: none. */
    private long open;

    /** Position of an entry that a remote source cannot send; 0: none. */
    private long unsendable;

    private @Nullable Runnable meanwhile;

    private final CatchUp catchUp = new CatchUp(
            ORDERS,
            new Log(),
            inbox,
            new Told(),
            new CatchUpSettings(Duration.ofHours(1), 100, 1 << 20, Duration.ofHours(1), Duration.ofHours(1)),
            new ByHand(),
            timer,
            System::nanoTime,
            new Random(1));

    @AfterEach
    void end() throws InterruptedException {
        catchUp.stop();
        timer.shutdownNow();
        assertThat(timer.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }

    private final class ByHand extends AbstractExecutorService {
        @Override
        public void execute(Runnable task) {
            Error thrown = noThread;
            if (thrown != null) {
                noThread = null;
                throw thrown;
            }
            tasks.add(task);
        }

        @Override
        public void shutdown() {
            tasks.clear();
        }

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }

    private void runAll() {
        Runnable task;
        while ((task = tasks.poll()) != null) {
            task.run();
        }
    }

    private static LogEntry entry(long position) {
        return LogEntry.at(position)
                .id("e" + position)
                .source("urn:test")
                .type("t")
                .build();
    }

    private static LogEntry tombstone(long position) {
        return LogEntry.at(position)
                .kind('v')
                .id("void-" + position)
                .source("urn:postevent:void")
                .type("postevent.void")
                .build();
    }

    private static List<Long> positions(List<LogEntry> entries) {
        return entries.stream().map(LogEntry::position).toList();
    }

    private static List<Long> numbers(long from, long through) {
        return LongStream.rangeClosed(from, through).boxed().toList();
    }

    private void publish(long from, long through) {
        for (long position = from; position <= through; position++) {
            source.put(position, entry(position));
        }
    }

    private final class Log implements EventLog {
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
    private static final class Memory implements InboxWriter {
        private final TreeMap<Long, LogEntry> messages = new TreeMap<>();
        private long mark;
        private long serverStart = 1;
        private @Nullable Origin origin;
        private boolean copied = true;
        private long handled;
        private long begun;
        private int stored;

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

    private final class Told implements Released {
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

    @Test
    void aLookThatWaitsForItsTurnAsksNothingAfterTheStop() {
        publish(1, 3);
        catchUp.start();
        catchUp.stop();
        runAll();
        assertThat(originsAsked).isZero();
        assertThat(positionsRead).isEmpty();
    }

    @Test
    void aDoubtThatComesDuringALookIsAnsweredByAnother() {
        publish(1, 3);
        catchUp.start();
        meanwhile = catchUp::doubt;
        runAll();
        assertThat(originsAsked).isEqualTo(2);
        catchUp.arrived(List.of(entry(4)));
        assertThat(originsAsked).as("there is no doubt left").isEqualTo(2);
    }

    @Test
    void whatFollowsIsTakenUnderAConditionAndNothingElseIs() {
        VisibilityCondition holds = new VisibilityCondition(List.of(), "tables", "tables");
        VisibilityCondition not = new VisibilityCondition(List.of(7L), "tables", "tables");
        publish(1, 3);
        catchUp.start();
        assertThat(catchUp.arrivedNext(List.of(entry(4)), holds)).as("in doubt").isFalse();
        runAll();
        told.clear();

        assertThat(catchUp.arrivedNext(List.of(entry(4)), not)).isFalse();
        assertThat(catchUp.arrivedNext(List.of(entry(5)), holds))
                .as("over a gap")
                .isFalse();
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(told).isEmpty();

        assertThat(catchUp.arrivedNext(List.of(entry(5), entry(4), entry(5)), holds))
                .isTrue();
        assertThat(inbox.mark).isEqualTo(5);
        assertThat(told).containsExactly("3 to 5");
        assertThat(read).isEmpty();

        catchUp.arrived(List.of(entry(8)));
        assertThat(catchUp.arrivedNext(List.of(entry(6), entry(7)), holds))
                .as("what came early is to be passed, too")
                .isFalse();
        catchUp.arrived(List.of(entry(6), entry(7)));
        assertThat(inbox.mark).isEqualTo(8);
    }

    @Test
    void aTableMadeAnewBelowWhatWasReceivedIsADivergedSourceAtOnce() {
        publish(1, 3);
        catchUp.start();
        runAll();
        source.clear();
        origin = Origin.of("1", 1, 2);
        publish(1, 2);

        catchUp.doubt();
        runAll();

        assertThat(catchUp.status().fault())
                .contains("made anew")
                .contains("position 2")
                .contains("through 3");
        catchUp.arrived(List.of(entry(4)));
        assertThat(inbox.messages).hasSize(3);
    }

    @Test
    void aTableMadeAnewIsNoFaultForAnInboxThatHasNothingOfIt() {
        catchUp.start();
        runAll();
        origin = Origin.of("1", 1, 2);
        publish(1, 2);

        catchUp.doubt();
        runAll();

        assertThat(catchUp.status().fault()).isNull();
        assertThat(inbox.mark).isEqualTo(2);
    }

    @Test
    void anInboxThatHasLessIsFilledAgain() {
        publish(1, 10);
        catchUp.start();
        runAll();
        assertThat(inbox.mark).isEqualTo(10);
        inbox.loseAbove(6, 6);
        catchUp.follow();
        runAll();
        assertThat(told).containsExactly("0 to 0", "0 to 10", "back to 6", "6 to 10");
        assertThat(inbox.messages).hasSize(10);
    }

    @Test
    void aPassForWhichThereIsNoThreadIsMadeLater() {
        noThread = new OutOfMemoryError("unable to create native thread");
        publish(1, 2);
        catchUp.start();
        assertThat(tasks).isEmpty();
        await().until(() -> !tasks.isEmpty());
        runAll();
        assertThat(inbox.mark).isEqualTo(2);
        publish(3, 3);
        catchUp.doubt();
        runAll();
        assertThat(inbox.mark).isEqualTo(3);
    }

    @Test
    void otherNodesThatCannotBeFollowedForLackOfAThreadAreFollowedTheNextTime() {
        publish(1, 10);
        catchUp.start();
        runAll();
        inbox.loseAbove(6, 6);
        noThread = new OutOfMemoryError("unable to create native thread");
        catchUp.follow();
        assertThat(tasks).isEmpty();
        catchUp.follow();
        runAll();
        assertThat(inbox.mark).isEqualTo(10);
    }

    @Test
    void whatWasAboveTheMarkAndIsLostIsNotTakenForStored() {
        publish(1, 2);
        catchUp.start();
        runAll();
        catchUp.arrived(List.of(entry(5)));
        inbox.loseAbove(2, 2);
        publish(3, 5);
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> catchUp.arrived(List.of(entry(3), entry(4)))))
                .hasMessageContaining("PSTEV33004");
        runAll();
        assertThat(inbox.mark).isEqualTo(5);
        assertThat(inbox.messages).hasSize(5);
    }

    @Test
    void anotherStartOfTheServerMakesItBeginFromWhatIsStored() {
        publish(1, 10);
        catchUp.start();
        runAll();
        inbox.serverStart = 2;
        catchUp.follow();
        runAll();
        assertThat(told).containsExactly("0 to 0", "0 to 10", "back to 10");
        publish(11, 11);
        catchUp.arrived(List.of(entry(11)));
        assertThat(told).last().isEqualTo("10 to 11");
    }

    @Test
    void whatCameTooEarlyIsHandedOverFromMemoryWhenItIsItsTurn() {
        catchUp.start();
        runAll();
        catchUp.arrived(List.of(entry(3), entry(2)));
        catchUp.arrived(List.of(entry(6), entry(5)));
        catchUp.arrived(List.of(entry(1)));
        publish(1, 6);
        catchUp.doubt();
        runAll();
        assertThat(told).containsExactly("0 to 0", "0 to 3", "3 to 6");
        assertThat(read).isEmpty();
    }

    /** Keeps what is to be done later, for the test to do. */
    private static final class LaterByHand extends ScheduledThreadPoolExecutor {
        private final ArrayDeque<Runnable> later = new ArrayDeque<>();
        private long lastMillis;

        LaterByHand() {
            super(1);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            later.add(task);
            lastMillis = unit.toMillis(delay);
            return super.schedule(() -> {}, 0, TimeUnit.NANOSECONDS);
        }
    }

    /** A catch-up whose time and timer are the test's. */
    private CatchUp timed(AtomicLong now, LaterByHand hand) {
        return new CatchUp(
                ORDERS,
                new Log(),
                new Memory(),
                new Told(),
                new CatchUpSettings(Duration.ofHours(1), 100, 1 << 20, Duration.ofHours(1), Duration.ofHours(1)),
                new ByHand(),
                hand,
                now::get,
                new Random(1));
    }

    private static void end(CatchUp one, LaterByHand hand) throws InterruptedException {
        one.stop();
        hand.shutdownNow();
        assertThat(hand.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }

    /** How long a hole is waited for after another that {@code filler} ended after a second. */
    private long graceAfter(LogEntry filler) throws InterruptedException {
        AtomicLong now = new AtomicLong();
        LaterByHand hand = new LaterByHand();
        CatchUp one = timed(now, hand);
        try {
            one.arrived(List.of(entry(2)));
            now.addAndGet(TimeUnit.SECONDS.toNanos(1));
            one.arrived(List.of(filler));
            hand.later.remove().run(); // there is no hole any more
            one.arrived(List.of(entry(4)));
            return hand.lastMillis;
        } finally {
            end(one, hand);
        }
    }

    /** How long a hole is waited for that opens 4 ms after a look that took {@code millis}. */
    private long graceAfterLookOf(long millis) throws InterruptedException {
        AtomicLong now = new AtomicLong();
        LaterByHand hand = new LaterByHand();
        CatchUp one = timed(now, hand);
        try {
            meanwhile = () -> now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
            one.start();
            runAll();
            now.addAndGet(TimeUnit.MILLISECONDS.toNanos(4));
            one.arrived(List.of(entry(2)));
            return hand.lastMillis;
        } finally {
            end(one, hand);
        }
    }

    @Test
    void afterALookHolesWaitForThreeTimesWhatItTookWithinBounds() throws InterruptedException {
        long least = TimeUnit.NANOSECONDS.toMillis(Grace.LEAST_NANOS);
        assertThat(graceAfterLookOf(0)).isEqualTo(least);
        assertThat(graceAfterLookOf(10)).isEqualTo(30 - 4);
        assertThat(graceAfterLookOf(1_000)).isEqualTo(50 - 4);
    }

    @Test
    void aHoleThatIsSealedIsNotTakenForOneThatFilled() throws InterruptedException {
        assertThat(graceAfter(entry(1))).isEqualTo(2_000);
        assertThat(graceAfter(tombstone(1))).isEqualTo(TimeUnit.NANOSECONDS.toMillis(Grace.LEAST_NANOS));
    }

    @Test
    void whatIsInTheInboxIsNotStoredAgain() {
        publish(1, 3);
        catchUp.start();
        runAll();
        catchUp.arrived(List.of(entry(1), entry(2), entry(3), entry(4)));
        catchUp.arrived(List.of(entry(6)));
        catchUp.arrived(List.of(entry(5)));
        assertThat(inbox.stored).isEqualTo(6);
        assertThat(inbox.mark).isEqualTo(6);
        catchUp.arrived(List.of(entry(4), entry(5), entry(6)));
        assertThat(inbox.stored).isEqualTo(6);
        assertThat(catchUp.status().fault()).isNull();
    }

    @Test
    void anotherEventAtAPositionThatIsThereIsADivergedSource() {
        publish(1, 3);
        catchUp.start();
        runAll();
        catchUp.arrived(
                List.of(LogEntry.at(2).id("other").source("urn:test").type("t").build()));
        assertThat(catchUp.status().fault()).contains("at position 2", "other", "e2");
    }

    private static LogEntry other(long position) {
        return LogEntry.at(position)
                .id("other" + position)
                .source("urn:test")
                .type("t")
                .build();
    }

    private void received() {
        catchUp.start();
        runAll();
        assertThat(inbox.mark).isEqualTo(source.lastKey());
        assertThat(catchUp.status().fault()).isNull();
    }

    private String faultAfterADoubt() {
        catchUp.doubt();
        runAll();
        return String.valueOf(catchUp.status().fault());
    }

    @Test
    void voidsAtTheMarkDoNotTellASourceThatWasRestored() {
        publish(1, 4);
        source.put(5L, tombstone(5));
        received();
        publish(1, 2);
        source.put(3L, other(3));
        source.put(4L, other(4));
        publish(6, 6);
        assertThat(faultAfterADoubt()).contains("at position 4", "other4", "e4");
        assertThat(inbox.mark).isEqualTo(5);
    }

    @Test
    void whatIsVoidHereHasToBeVoidAtTheSource() {
        publish(1, 3);
        source.put(4L, tombstone(4));
        source.put(5L, tombstone(5));
        received();
        source.put(4L, other(4));
        assertThat(faultAfterADoubt()).contains("at position 4", "other4", "void");
    }

    @Test
    void aVoidThatComesAgainLastDoesNotHideAnotherEventBeforeIt() {
        publish(1, 3);
        source.put(4L, tombstone(4));
        received();
        catchUp.arrived(List.of(other(3), tombstone(4)));
        assertThat(catchUp.status().fault()).contains("at position 3", "other3", "e3");
    }

    @Test
    void anotherOriginThatHasWhatWasReceivedIsTheSource() {
        publish(1, 3);
        source.put(4L, tombstone(4));
        received();
        inbox.handled = 4;
        origin = Origin.of("2", 7, 8);
        assertThat(faultAfterADoubt()).isEqualTo("null");
        assertThat(inbox.origin).isEqualTo(origin);
    }

    @Test
    void anotherOriginIsTheSourceWhereNothingWasReceivedFromTheFormer() {
        catchUp.start();
        runAll();
        origin = Origin.of("2", 1, 1);
        publish(1, 3);
        assertThat(faultAfterADoubt()).isEqualTo("null");
        assertThat(inbox.mark).isEqualTo(3);
    }

    @Test
    void cursorsBeyondWhatCanBeComparedBelongToTheFormerOrigin() {
        catchUp.start();
        runAll();
        inbox.handled = 20;
        Origin former = origin;
        origin = Origin.of("2", 1, 1);
        publish(1, 30);
        assertThat(faultAfterADoubt())
                .contains("through position 20", "nothing is here to be compared", "postevent_inbox.origin");
        assertThat(inbox.mark).isZero();
        assertThat(inbox.origin).isEqualTo(former);
    }

    /** A subscription began now while its history was being copied, and the source failed over to one that had less. */
    @Test
    void aNowThatTheSourceDoesNotReachIsAnothersSources() {
        publish(1, 3);
        received();
        inbox.begun = 20;
        publish(4, 19);
        assertThat(faultAfterADoubt())
                .contains("ends at position 19", "that was position 20")
                .contains("delete from postevent_inbox.subscription where topic = 'orders' and begins = 'now' and"
                        + " begins_after > 3");
        assertThat(inbox.mark).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 1", "2, 1, 1", "1, 1, 2"})
    void aNowBeyondWhatCanBeComparedBelongsToTheFormerOrigin(String system, long timeline, long table) {
        publish(1, 3);
        received();
        inbox.begun = 20;
        Origin former = origin;
        origin = Origin.of(system, timeline, table);
        publish(4, 30);
        assertThat(faultAfterADoubt())
                .contains("that was position 20", "no more than through position 3")
                .contains("begins_after > 3", "delete from postevent_inbox.origin");
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(inbox.origin).isEqualTo(former);
    }

    @Test
    void aNowOfANewInboxBelongsToTheOriginThatWasSeenFirst() {
        catchUp.start();
        runAll();
        inbox.begun = 20;
        origin = Origin.of("2", 1, 1);
        publish(1, 30);
        assertThat(faultAfterADoubt()).contains("that was position 20", "no more than through position 0");
        assertThat(inbox.mark).isZero();
    }

    @Test
    void aNowThatTheMarkHasReachedIsComparedWithTheRest() {
        publish(1, 30);
        received();
        inbox.begun = 20;
        origin = Origin.of("2", 2, 2);
        assertThat(faultAfterADoubt()).isEqualTo("null");
        assertThat(inbox.origin).isEqualTo(origin);
    }

    @Test
    void aNowStaysWhereTheSourceIsTheSameOrItsEventsAreGone() {
        publish(1, 3);
        received();
        inbox.begun = 20;
        publish(4, 30);
        assertThat(faultAfterADoubt()).as("the same").isEqualTo("null");
        assertThat(inbox.mark).isEqualTo(30);
        inbox.begun = 40;
        gone = 40;
        source.clear();
        assertThat(faultAfterADoubt()).as("all is gone").doesNotContain("began now");
    }

    /** Messages, mark and origin were deleted, and cursors were left behind. */
    @Test
    void cursorsAboveAMarkThatNobodyKnowsTheOriginOfAreNotTakenForTheSources() {
        inbox.handled = 20;
        publish(1, 30);
        catchUp.start();
        runAll();

        String fault = String.valueOf(catchUp.status().fault());
        assertThat(fault).contains("through position 20", "than through 0", "were deleted");
        assertThat(inbox.mark).isZero();
        assertThat(inbox.origin).isNull();
        assertThat(fault).endsWith("values ('orders', '1', 1, 1)");
    }

    @Test
    void whoeverSaysThatItIsTheSameSourceIsBelieved() {
        inbox.handled = 20;
        inbox.origin = origin;
        publish(1, 30);
        received();
        assertThat(inbox.mark).isEqualTo(30);
    }

    @Test
    void whatIsReadWhereItIsPublishedIsNotComparedWithItself() {
        inbox.copied = false;
        publish(1, 20);
        received();
        origin = Origin.of("2", 2, 1);
        assertThat(faultAfterADoubt()).as("the database was upgraded").isEqualTo("null");
        origin = Origin.of("2", 2, 9);
        assertThat(faultAfterADoubt()).contains("through position 20", "nothing is here to be compared");
    }

    /** A look that nobody's doubt asked for, as the timer makes it. */
    private void regularLook() {
        Objects.requireNonNull(regular).run();
        runAll();
    }

    private void replaceSource(long through) {
        source.clear();
        for (long position = 1; position <= through; position++) {
            source.put(position, other(position));
        }
    }

    @Test
    void aSourceThatWasReplacedIsFoundByTheLookThatReadsFromIt() {
        publish(1, 3);
        received();
        replaceSource(5);

        regularLook();

        assertThat(String.valueOf(catchUp.status().fault())).contains("at position 3", "other3", "e3");
        assertThat(faultAfterADoubt()).contains("at position 3");
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(inbox.messages).hasSize(3);
    }

    @Test
    void aSourceThatWasReplacedIsFoundWhoeverStoredWhatIsAtTheMark() {
        publish(1, 3);
        received();
        for (long position = 4; position <= 6; position++) {
            inbox.messages.put(position, entry(position));
        }
        inbox.mark = 6;
        replaceSource(8);

        regularLook();

        assertThat(String.valueOf(catchUp.status().fault())).contains("at position 6", "other6", "e6");
        assertThat(inbox.messages).hasSize(6);
    }

    @Test
    void aSourceThatWasReplacedIsFoundThroughTheVoidsAtTheMark() {
        publish(1, 3);
        source.put(4L, tombstone(4));
        source.put(5L, tombstone(5));
        received();
        replaceSource(3);
        source.put(4L, tombstone(4));
        source.put(5L, tombstone(5));
        publish(6, 7);

        regularLook();

        assertThat(String.valueOf(catchUp.status().fault())).contains("at position 3", "other3", "e3");
        assertThat(inbox.mark).isEqualTo(5);
    }

    @Test
    void nothingIsTakenFromASourceThatDoesNotHaveWhatIsAtTheMark() {
        publish(1, 3);
        received();
        source.remove(3L);
        publish(4, 5);

        regularLook();

        assertThat(inbox.mark).isEqualTo(3);
        assertThat(inbox.messages).hasSize(3);
        assertThat(catchUp.status().trouble()).contains("PSTEV33003", "position 3");
        publish(3, 3); // it only was not visible yet
        regularLook();
        assertThat(inbox.mark).isEqualTo(5);
        assertThat(catchUp.status().trouble()).isNull();
        assertThat(catchUp.status().fault()).isNull();
    }

    @Test
    void whatRetentionRemovedAtTheMarkIsNotMissed() {
        publish(1, 3);
        received();
        source.clear();
        gone = 3;
        publish(4, 5);

        regularLook();

        assertThat(inbox.mark).isEqualTo(5);
        assertThat(catchUp.status().fault()).isNull();
    }

    @Test
    void aPageThatAnEventAtTheMarkFillsIsNotTheEndOfTheSource() {
        largest = 1;
        publish(1, 5);

        received();

        assertThat(inbox.messages).hasSize(5);
    }

    @Test
    void whatCameEarlyAndIsAnotherEventAtTheSourceIsADivergedSource() {
        publish(1, 3);
        received();
        catchUp.arrived(List.of(entry(5), entry(6)));
        for (long position = 4; position <= 6; position++) {
            source.put(position, other(position));
        }

        regularLook();

        assertThat(String.valueOf(catchUp.status().fault())).contains("position 5", "other5", "e5");
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(inbox.messages).hasSize(5);
    }

    /** All but position 4 is at the source, and here. */
    private void leftOpen() {
        publish(1, 9);
        source.remove(4L);
        open = 4;
        catchUp.start();
        runAll();
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(inbox.messages).hasSize(8);
        positionsRead.clear();
    }

    /** The fault: each look at a hole read all that is above it once more. */
    @Test
    void whatIsAboveAnOpenHoleIsNotReadWithEachLook() {
        leftOpen();
        for (int look = 0; look < 20; look++) {
            regularLook();
        }
        assertThat(positionsRead).isNotEmpty().allMatch(position -> position <= 4);
        assertThat(catchUp.status().blocker()).isEqualTo("slow");
        assertThat(catchUp.status().complete()).isFalse();

        publish(4, 4);
        publish(10, 12);
        open = 0;
        regularLook();
        assertThat(inbox.mark).isEqualTo(12);
        assertThat(catchUp.status().blocker()).isNull();
        assertThat(catchUp.status().complete()).isTrue();
    }

    @Test
    void whatADoubtIsAboutIsReadAlsoAboveAnOpenHole() {
        leftOpen();
        publish(10, 12);
        regularLook();
        assertThat(inbox.messages).hasSize(8);
        catchUp.doubt();
        runAll();
        assertThat(inbox.messages).hasSize(11);
        assertThat(inbox.mark).isEqualTo(3);
    }

    /** What is above is compared before the mark passes over it. */
    @Test
    void aSourceThatWasReplacedWhileAHoleWasOpenIsFoundWhenItCloses() {
        leftOpen();
        for (long position = 4; position <= 9; position++) {
            source.put(position, other(position));
        }
        open = 0;
        regularLook();
        assertThat(String.valueOf(catchUp.status().fault())).contains("other5", "e5");
        assertThat(inbox.mark).isEqualTo(3);
    }

    @Test
    void aDatabaseThatIsAwayIsOneLineHoweverItSaysSo() {
        publish(1, 3);
        received();
        try (LogLines lines = new LogLines("dev.postevent.catchup", Level.WARNING)) {
            for (String said : List.of("terminating connection", "connection refused", "it is starting up")) {
                lookThatFails(said);
            }
            assertThat(lines.with("cannot catch up")).singleElement().asString().contains("terminating connection");
            assertThat(catchUp.status().trouble()).contains("starting up");
            catchUp.doubt();
            runAll();
            assertThat(catchUp.status().trouble()).isNull();

            lookThatFails("terminating connection");
            assertThat(lines.with("cannot catch up")).as("the next time").hasSize(2);
            assertThat(lines.traced("")).isEmpty();
        }
    }

    /** It may last, and wait for somebody. */
    @Test
    void whatADatabaseSaysThatIsThereAgainIsInTheLog() {
        publish(1, 3);
        received();
        try (LogLines lines = new LogLines("dev.postevent.catchup", Level.WARNING)) {
            lookThatFails("connection refused");
            for (int look = 0; look < 3; look++) {
                lookThatFails("too many connections", "53300");
            }
            assertThat(lines.with("cannot catch up")).hasSize(2);
            assertThat(lines.with("too many connections")).hasSize(1);
            lookThatFails("connection refused");
            assertThat(lines.with("cannot catch up")).hasSize(3);
        }
    }

    private void lookThatFails(String said) {
        lookThatFails(said, "08006");
    }

    private void lookThatFails(String said, String state) {
        meanwhile = () -> {
            throw new TransientFailureException("PSTEV31040", said, new SQLException(said, state));
        };
        catchUp.doubt();
        runAll();
    }

    /** Also where retention has removed what stands at the mark. */
    @ParameterizedTest
    @ValueSource(longs = {0, 3})
    void whatTheSourceCannotSendIsNamedAndAllBeforeItArrives(long removed) {
        publish(1, 2);
        received();
        publish(3, 5);
        unsendable = 4;
        regularLook();
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(catchUp.status().trouble()).contains("position 4");

        gone = removed;
        source.headMap(removed, true).clear();
        regularLook();
        assertThat(catchUp.status().trouble()).contains("position 4");

        unsendable = 0;
        regularLook();
        assertThat(inbox.mark).isEqualTo(5);
        assertThat(catchUp.status().trouble()).isNull();
    }
}
