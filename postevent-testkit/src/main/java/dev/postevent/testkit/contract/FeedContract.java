package dev.postevent.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Feed} has to do, run on each adapter: it may repeat entries, bring them in another order and lose some, and says so
 * by a doubt when it may have lost one.
 *
 * <pre>{@code
 * class LoftFeedIT extends FeedContract {
 *     private final Loft loft = new Loft();
 *
 *     @Override
 *     protected Publishers publishers() {
 *         return new LoftPublishers(loft);
 *     }
 *
 *     @Override
 *     protected EventLog log() {
 *         return new LoftLog(loft, Duration.ZERO);
 *     }
 *
 *     @Override
 *     protected Feed feed(ThreadFactory threads) {
 *         return new LoftFeed(loft, TOPIC, threads);
 *     }
 *
 *     @Override
 *     protected void breakConnections() {
 *         loft.scareAllBirds();
 *     }
 * }
 * }</pre>
 *
 * <p>After each test, whatever it was about: what was handed over is what the event log has at that position, no call of the listener
 * began after the stop had returned, and the threads that were made have ended.
 *
 * <p>Longer than most: it is the list of what a feed promises, one test each.
 *
 * @since 0.1.0
 */
public abstract class FeedContract {
    /** The topic that all is about. */
    protected static final TopicName TOPIC = new TopicName("orders");

    /** So often a feed may lose an entry, with a doubt, before it is one that hands over nothing. */
    private static final int TRIES = 20;

    private static final Duration STOP_LIMIT = Duration.ofSeconds(15);

    private final MadeThreads threads = new MadeThreads();
    private final List<Running> all = new ArrayList<>();
    private int numbers;
    private Publishers publishers;
    private EventLog log;

    /** A feed with who listens to it. */
    private record Running(Feed feed, Consumer consumer) {}

    /** Made by JUnit, once for each test. */
    protected FeedContract() {}

    /** The source, with an empty topic; asked first. */
    protected abstract Publishers publishers() throws Exception;

    /** The event log of the same source. It is asked on threads of the feed, too. */
    protected abstract EventLog log() throws Exception;

    /**
     * A feed of the topic, of the same application each time, that is not started. One that is made later in a test may run beside the
     * one before it.
     *
     * @param threads makes every thread it uses
     */
    protected abstract Feed feed(ThreadFactory threads) throws Exception;

    /** Breaks all connections that feeds have now; new ones can be made. */
    protected abstract void breakConnections() throws Exception;

    /** Ends what was made beside the feeds, which are stopped by then, and the source. */
    protected void close() throws Exception {
        // where there is nothing to end
    }

    /** How long a test waits for what has to come: for what hangs, so it is long. An eighth of it is "at once". */
    protected Duration limit() {
        return Duration.ofMinutes(4);
    }

    private Duration atOnce() {
        return limit().dividedBy(8);
    }

    @BeforeEach
    final void makeTopic() throws Exception {
        publishers = publishers();
        log = log();
    }

    @AfterEach
    final void end() throws Exception {
        try {
            for (Running one : all) {
                one.consumer().openGate();
                stop(one);
            }
            for (Running one : all) {
                checkHanded(one.consumer());
            }
        } finally {
            close();
        }
        Looking.until(
                limit(),
                () -> "the threads end: " + threads.alive(),
                () -> threads.alive().isEmpty());
        for (Running one : all) {
            assertEquals(Set.of(), one.consumer().faults());
            assertEquals(Feed.State.STOPPED, one.feed().status().state());
        }
    }

    /** Position and identity of each entry, whether it was stored or refused. */
    private void checkHanded(Consumer consumer) {
        Map<Long, LogEntry> there = there();
        for (LogEntry entry : consumer.handed()) {
            LogEntry same = there.get(entry.position());
            assertNotNull(same, () -> "handed over, and not in the event log: " + entry);
            assertTrue(entry.sameIdentity(same), () -> "handed over: " + entry + ", in the event log: " + same);
        }
    }

    /** What the event log has, by position. */
    private Map<Long, LogEntry> there() {
        Map<Long, LogEntry> there = new HashMap<>();
        long after = 0;
        boolean more = true;
        while (more) {
            Range range = log.read(TOPIC, after, Long.MAX_VALUE, 1000, 1 << 20);
            range.entries().forEach(entry -> there.put(entry.position(), entry));
            after = range.settledThrough();
            more = range.more();
        }
        return there;
    }

    private Running made() throws Exception {
        Running made = new Running(feed(threads), new Consumer(TOPIC));
        all.add(made);
        return made;
    }

    private Running started() throws Exception {
        Running made = made();
        made.feed().start(made.consumer());
        return made;
    }

    private Running streaming() throws Exception {
        Running started = started();
        awaitStreaming(started);
        return started;
    }

    private void awaitStreaming(Running feed) {
        until(feed, "it is streaming", () -> feed.feed().status().state() == Feed.State.STREAMING);
    }

    private void until(Running feed, String what, BooleanSupplier isSo) {
        Looking.until(limit(), () -> what + "; " + feed.feed().status() + "; " + feed.consumer(), () -> {
            Feed.Status status = feed.feed().status();
            assertFalse(
                    status.state() == Feed.State.RETRYING && status.detail() == null,
                    () -> "does not say why it is not streaming: " + status);
            return isSo.getAsBoolean();
        });
    }

    private void stop(Running feed) {
        feed.feed().stop(STOP_LIMIT);
        feed.consumer().stopped();
    }

    private static LogEntry.Builder event(String id) {
        return LogEntry.at(0).kind('e').id(id).source("urn:test").type("t");
    }

    /** Commits entries in one transaction, and returns their ids. */
    private List<String> publish(int count) throws Exception {
        List<LogEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            numbers++;
            entries.add(event("e" + numbers).subject("s" + numbers % 3).build());
        }
        publish(entries);
        return entries.stream().map(LogEntry::id).toList();
    }

    private void publish(List<LogEntry> entries) throws Exception {
        entries.forEach(entry -> all.forEach(one -> one.consumer().publishes(entry.id())));
        publishers.publish(entries);
    }

    private void awaitCovered(Running feed, List<String> ids) {
        until(feed, "handed over, or a doubt: " + ids, () -> ids.stream().allMatch(feed.consumer()::isCovered));
    }

    /** Publishes until one is handed over, which is returned. */
    private LogEntry hear(Running feed) throws Exception {
        for (int i = 0; i < TRIES; i++) {
            String id = publish(1).get(0);
            awaitCovered(feed, List.of(id));
            LogEntry heard = feed.consumer().stored(id);
            if (heard != null) {
                return heard;
            }
        }
        throw new AssertionError(TRIES + " entries, one after the other, and a doubt for each; none was handed over: "
                + feed.consumer());
    }

    /** Publishes until a batch waits in the listener. */
    private void fillGate(Running feed) throws Exception {
        feed.consumer().closeGate();
        for (int i = 0; i < TRIES && !feed.consumer().isAtGate(); i++) {
            List<String> ids = publish(1);
            // a feed whose status waits for the listener shall not be asked for it here
            Looking.until(
                    limit(),
                    () -> "a batch comes, or a doubt; " + feed.consumer(),
                    () -> feed.consumer().isAtGate() || feed.consumer().isCovered(ids.get(0)));
        }
        assertTrue(feed.consumer().isAtGate(), () -> "nothing was handed over: " + feed.consumer());
    }

    @Test
    public void isStoppedUntilItIsStartedAndSaysWhatItIs() throws Exception {
        Feed.Status before = made().feed().status();
        assertEquals(Feed.State.STOPPED, before.state());
        assertNotNull(before.kind());
        assertFalse(before.engine().isBlank());
        Running feed = streaming();
        assertEquals(before.kind(), feed.feed().status().kind());
        assertEquals(before.engine(), feed.feed().status().engine());
        assertFalse(feed.feed().status().since().isBefore(before.since()), "streams since before it was made");
        stop(feed);
        assertEquals(Feed.State.STOPPED, feed.feed().status().state());
    }

    @Test
    public void handsOverWhatIsCommittedWithAllItsColumns() throws Exception {
        Running feed = streaming();
        for (int i = 0; i < TRIES; i++) {
            LogEntry full = event("full" + i)
                    .datacontenttype("text/plain")
                    .dataschema("urn:s")
                    .subject("sub")
                    .data(new byte[] {0, -1, 127})
                    .time(OffsetDateTime.parse("2026-01-02T03:04:05.678901Z"))
                    .traceparent("00-1-2-03")
                    .extensions("{\"n\": 5, \"u\": {\"uri\": \"urn:u\"}}")
                    .build();
            LogEntry few = event("few" + i).build();
            LogEntry empty = event("empty" + i).data(new byte[0]).build();
            publish(List.of(full, few, empty));
            awaitCovered(feed, List.of(full.id(), few.id(), empty.id()));
            LogEntry fullHere = feed.consumer().stored(full.id());
            LogEntry fewHere = feed.consumer().stored(few.id());
            LogEntry emptyHere = feed.consumer().stored(empty.id());
            if (fullHere != null && fewHere != null && emptyHere != null) {
                assertEquals(full.toCloudEvent(), fullHere.toCloudEvent());
                assertEquals(few.toCloudEvent(), fewHere.toCloudEvent());
                assertEquals(empty.toCloudEvent(), emptyHere.toCloudEvent());
                assertEquals(List.of(3L * i + 1, 3L * i + 2, 3L * i + 3), positions(fullHere, fewHere, emptyHere));
                return;
            }
        }
        throw new AssertionError("it hands over nothing: " + feed.consumer());
    }

    private static List<Long> positions(LogEntry... entries) {
        List<Long> positions = new ArrayList<>();
        for (LogEntry entry : entries) {
            positions.add(entry.position());
        }
        return positions;
    }

    /** Whoever is called for an entry and asks the source finds it there. */
    @Test
    public void whatItHandsOverCanBeSeen() throws Exception {
        Running feed = streaming();
        feed.consumer()
                .looks(entry -> log.identity(TOPIC, entry.position()) == null
                        ? "handed over before a query shows it: " + entry
                        : null);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            ids.addAll(publish(1));
        }
        awaitCovered(feed, ids);
        assertEquals(Set.of(), feed.consumer().faults());
        assertNotNull(hear(feed));
    }

    @Test
    public void whatIsOpenIsNotHandedOverBeforeItsCommitAndHoldsUpNothing() throws Exception {
        Running feed = streaming();
        AutoCloseable open = publishers.holdOpen(event("open").build(), "the-slow-one");
        try {
            awaitCovered(feed, publish(1));
            LogEntry above = hear(feed);
            assertTrue(above.position() > 1, above::toString);
            assertFalse(wasHanded(feed, "open"), "handed over before its commit");
            feed.consumer().publishes("open");
        } finally {
            open.close();
        }
        awaitCovered(feed, List.of("open"));
    }

    private static boolean wasHanded(Running feed, String id) {
        return feed.consumer().handed().stream().anyMatch(entry -> entry.id().equals(id));
    }

    /** A void may be handed over, as it stands in the log, or not: whoever misses it asks the log. */
    @Test
    public void whatWasRolledBackIsNoEvent() throws Exception {
        Running feed = streaming();
        publishers.rollBack(event("rolled-back").build());
        awaitCovered(feed, publish(1));
        until(
                feed,
                "the event log seals position 1",
                () -> log.read(TOPIC, 0, 1, 10, 1 << 20).settledThrough() == 1);
        assertNotNull(hear(feed));
        assertFalse(wasHanded(feed, "rolled-back"));
        for (LogEntry entry : feed.consumer().handed()) {
            assertEquals(entry.position() == 1, entry.isVoid(), entry::toString);
        }
    }

    /** From the start on, whatever state it is in. */
    @Test
    public void whatIsCommittedIsHandedOverOrDoubted() throws Exception {
        Running feed = started();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            ids.addAll(publish(1 + i % 10));
        }
        awaitCovered(feed, ids);
        awaitStreaming(feed);
        for (int i = 0; i < 60; i++) {
            ids.addAll(publish(1 + i % 10));
        }
        awaitCovered(feed, ids);
    }

    @Test
    public void whatTheListenerRefusesComesAgainOrIsDoubted() throws Exception {
        Running feed = streaming();
        assertNotNull(hear(feed));
        feed.consumer().refuse(3);
        for (int i = 0; i < 3 * TRIES && feed.consumer().refusals() > 0; i++) {
            awaitCovered(feed, publish(2));
        }
        assertEquals(0, feed.consumer().refusals(), "batches that should have come to be refused");
        assertNotNull(hear(feed));
    }

    @Test
    public void goesOnByItselfWhenItsConnectionsBreak() throws Exception {
        Running feed = streaming();
        for (int i = 0; i < 3; i++) {
            breakConnections();
            awaitCovered(feed, publish(2));
        }
        awaitStreaming(feed);
        assertNotNull(hear(feed));
    }

    @Test
    public void aFeedThatBeginsAnewHasADoubtAboutWhatWasCommittedMeanwhile() throws Exception {
        Running before = streaming();
        assertNotNull(hear(before));
        stop(before);
        Running next = made();
        List<String> meanwhile = publish(5);
        next.feed().start(next.consumer());
        awaitCovered(next, meanwhile);
        awaitStreaming(next);
        assertNotNull(hear(next));
    }

    @Test
    public void startReturnsAtOnce() throws Exception {
        Running feed = made();
        publish(3);
        feed.consumer().closeGate();
        assertTimeoutPreemptively(atOnce(), () -> feed.feed().start(feed.consumer()));
        feed.consumer().openGate();
        awaitStreaming(feed);
        assertNotNull(hear(feed));
    }

    @Test
    public void statusDoesNotWaitForTheListener() throws Exception {
        Running feed = streaming();
        fillGate(feed);
        Feed.Status status =
                assertTimeoutPreemptively(atOnce(), () -> feed.feed().status());
        assertNotEquals(Feed.State.STOPPED, status.state());
        feed.consumer().openGate();
        assertNotNull(hear(feed));
    }

    @Test
    public void isStartedOnce() throws Exception {
        Running feed = streaming();
        Consumer second = new Consumer(TOPIC);
        assertThrows(IllegalStateException.class, () -> feed.feed().start(second));
        assertNotNull(hear(feed));
        assertFalse(second.wasCalled());
    }

    /** An application that is stopped while it starts. */
    @Test
    public void stopMayComeFirstAndTwiceAndThenNothingBegins() throws Exception {
        Running feed = made();
        stop(feed);
        stop(feed);
        feed.feed().start(feed.consumer());
        assertEquals(Feed.State.STOPPED, feed.feed().status().state());
        // by the time that another one has heard of something, it would have, too
        assertNotNull(hear(streaming()));
        assertFalse(feed.consumer().wasCalled());
    }

    @Test
    public void nothingComesAfterTheStop() throws Exception {
        Running feed = streaming();
        assertNotNull(hear(feed));
        for (int i = 0; i < 20; i++) {
            publish(3);
        }
        stop(feed);
        assertEquals(Feed.State.STOPPED, feed.feed().status().state());
        for (int i = 0; i < 5; i++) {
            publish(3);
        }
        stop(feed);
    }

    /** What goes on in it is a call of the listener, which nobody can end. */
    @Test
    public void stopWaitsNoLongerThanItsLimit() throws Exception {
        Running feed = streaming();
        fillGate(feed);
        Duration limit = Duration.ofMillis(500);
        assertTimeoutPreemptively(limit.plus(atOnce()), () -> feed.feed().stop(limit));
        feed.consumer().stopped();
        assertEquals(Feed.State.STOPPED, feed.feed().status().state());
        feed.consumer().openGate();
        Looking.until(limit(), () -> "what called the listener ends", feed.consumer()::hasLeftTheGate);
        assertEquals(Feed.State.STOPPED, feed.feed().status().state(), "whatever went on after it");
    }

    /** What was left when the one before ended in the middle of a batch is handed over by the next, or doubted. */
    @Test
    public void whatNobodyStoredIsNotTakenForDone() throws Exception {
        Running before = streaming();
        assertNotNull(hear(before));
        before.consumer().refuse(Integer.MAX_VALUE);
        List<String> left = publish(5);
        until(
                before,
                "the listener refuses it, or a doubt",
                () -> before.consumer().refusals() < Integer.MAX_VALUE
                        || left.stream().allMatch(before.consumer()::isCovered));
        stop(before);
        Running next = made();
        left.forEach(next.consumer()::publishes);
        next.feed().start(next.consumer());
        awaitCovered(next, left);
        assertNotNull(hear(next));
    }
}
