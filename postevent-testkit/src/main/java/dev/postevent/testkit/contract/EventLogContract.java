package dev.postevent.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.net.URI;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every {@link EventLog} has to do, run on each adapter.
 *
 * <pre>{@code
 * class LoftLogIT extends EventLogContract {
 *     private final Loft loft = new Loft();
 *
 *     @Override
 *     protected Publishers publishers() {
 *         return new LoftPublishers(loft);
 *     }
 *
 *     @Override
 *     protected EventLog open() {
 *         return new LoftLog(loft, Duration.ofMillis(200));
 *     }
 *
 *     @Override
 *     protected void close() {
 *         loft.close();
 *     }
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
public abstract class EventLogContract {
    /** The topic that all is about. */
    protected static final TopicName TOPIC = new TopicName("orders");

    private Publishers publishers;
    private EventLog log;

    /** Made by JUnit, once for each test. */
    protected EventLogContract() {}

    /** The source, with an empty topic; asked first. */
    protected abstract Publishers publishers() throws Exception;

    /** The adapter over the source, with a wait of about 200 ms for transactions that hold positions open. */
    protected abstract EventLog open() throws Exception;

    /** Ends the adapter, and the source. */
    protected void close() throws Exception {
        // most have nothing to end
    }

    /**
     * What is told of the one who holds a position open: part of it, if the adapter does not tell all that it knows.
     *
     * @param holder as it was given to {@link Publishers#holdOpen}
     */
    protected String holder(String holder) {
        return holder;
    }

    @BeforeEach
    final void makeTopic() throws Exception {
        publishers = publishers();
        log = open();
    }

    @AfterEach
    final void end() throws Exception {
        close();
    }

    private void insert(int from, int through) throws Exception {
        List<LogEntry> entries = new ArrayList<>();
        for (int i = from; i <= through; i++) {
            entries.add(event("e" + i).subject("s" + i % 3).data(new byte[100]).build());
        }
        publishers.publish(entries);
    }

    private static LogEntry.Builder event(String id) {
        return LogEntry.at(0).kind('e').id(id).source("urn:test").type("t");
    }

    private Range read(long after, long through, int rowsMax, long bytesMax) {
        return log.read(TOPIC, after, through, rowsMax, bytesMax);
    }

    private Range readAll(long after) {
        return read(after, Long.MAX_VALUE, 1000, 1 << 20);
    }

    private LogEntry identity(long position) {
        return Objects.requireNonNull(log.identity(TOPIC, position), () -> "nothing stands at position " + position);
    }

    private static void assertBetween(long least, long most, long found) {
        assertTrue(least <= found && found <= most, () -> "expected " + least + " to " + most + ", got " + found);
    }

    private static List<Long> positions(Range range) {
        return range.entries().stream().map(LogEntry::position).toList();
    }

    @Test
    public void anEmptyTopicHasHeadZeroAndNothingToRead() throws Exception {
        assertEquals(0, log.head(TOPIC));
        assertEquals(0, log.settled(TOPIC));
        Range range = readAll(0);
        assertEquals(List.of(), range.entries());
        assertEquals(0, range.settledThrough());
        assertFalse(range.more());
        assertNull(range.blocker());
        assertEquals(0, range.goneThrough());
    }

    /** How far is for the log to say; never beyond what may still come. */
    @Test
    public void whatIsSettledWithoutReadingEndsBelowWhatIsOpen() throws Exception {
        insert(1, 3);
        publishers.rollBack(event("r").build());
        insert(5, 5);
        assertBetween(0, 5, log.settle(TOPIC, 0));
        AutoCloseable open = publishers.holdOpen(event("o").build(), "somebody");
        try {
            insert(7, 8);
            assertEquals(5, log.settle(TOPIC, 5));
        } finally {
            open.close();
        }
        assertBetween(5, 8, log.settle(TOPIC, 5));
        assertEquals(8, readAll(5).settledThrough());
    }

    @Test
    public void theOriginIsThatOfTheTable() throws Exception {
        assertEquals(publishers.origin(), log.origin(TOPIC));
        assertEquals(log.origin(TOPIC), log.origin(TOPIC));
    }

    @Test
    public void entriesComeInOrderWithAllTheirColumns() throws Exception {
        publishers.publish(List.of(
                event("a")
                        .datacontenttype("text/plain")
                        .dataschema("urn:s")
                        .subject("sub")
                        .data(new byte[] {0, -1})
                        .time(OffsetDateTime.parse("2026-01-02T03:04:05.678901Z"))
                        .traceparent("00-1-2-03")
                        .extensions("{\"n\": 5, \"u\": {\"uri\": \"urn:u\"}}")
                        .build(),
                event("b").build(),
                event("c").data(new byte[0]).build()));
        Range range = readAll(0);
        assertEquals(List.of(1L, 2L, 3L), positions(range));
        assertEquals(3, range.settledThrough());
        LogEntry first = range.entries().get(0);
        assertEquals("a", first.id());
        assertEquals("urn:test", first.source());
        assertEquals("t", first.type());
        assertEquals("text/plain", first.datacontenttype());
        assertEquals("sub", first.subject());
        assertArrayEquals(new byte[] {0, -1}, first.data());
        assertEquals(OffsetDateTime.parse("2026-01-02T03:04:05.678901Z"), first.time());
        assertEquals("00-1-2-03", first.traceparent());
        assertEquals(5, first.toCloudEvent().getExtension("n"));
        assertEquals(URI.create("urn:u"), first.toCloudEvent().getExtension("u"));
        assertEquals(URI.create("urn:s"), first.toCloudEvent().getDataSchema());
        assertNull(range.entries().get(1).data());
        assertNull(range.entries().get(1).extensions());
        assertArrayEquals(new byte[0], range.entries().get(2).data());
    }

    @Test
    public void whatStandsAtAPositionIsKnownAgain() throws Exception {
        publishers.publish(
                List.of(event("a").data(new byte[100_000]).build(), event("b").build()));
        publishers.rollBack(event("c").build());
        publishers.publish(List.of(event("d").build()));
        assertNull(log.identity(TOPIC, 0));
        assertNull(log.identity(TOPIC, 5));
        for (LogEntry entry : readAll(0).entries()) {
            LogEntry there = identity(entry.position());
            assertEquals(entry.position(), there.position());
            assertTrue(there.sameIdentity(entry), entry::toString);
        }
        assertFalse(identity(1).sameIdentity(identity(2)));
    }

    /** As PostgreSQL writes it, so that it can be compared. */
    @Test
    public void extensionsThatNoParserTakesArriveAsTheyAre() throws Exception {
        List<String> strange = List.of(
                "{\"n\": " + "7".repeat(1_200) + "}",
                "{\"d\": " + "[".repeat(1_500) + "]".repeat(1_500) + "}",
                "{\"B\": null, \"a\": [], \"id\": true, \"time\": \"noon\"}");
        for (String extensions : strange) {
            publishers.publish(List.of(
                    event("e" + extensions.length()).extensions(extensions).build()));
        }
        assertEquals(
                strange,
                read(0, Long.MAX_VALUE, 1000, 1 << 24).entries().stream()
                        .map(LogEntry::extensions)
                        .toList());
    }

    @Test
    public void theRowLimitCutsAndSaysSo() throws Exception {
        insert(1, 10);
        Range range = read(2, Long.MAX_VALUE, 3, 1 << 20);
        assertEquals(List.of(3L, 4L, 5L), positions(range));
        assertEquals(5, range.settledThrough());
        assertTrue(range.more());
        assertFalse(read(5, Long.MAX_VALUE, 5, 1 << 20).more());
    }

    @Test
    public void theByteLimitCutsAfterTheEntryThatPassesIt() throws Exception {
        insert(1, 10);
        assertEquals(List.of(1L), positions(read(0, Long.MAX_VALUE, 100, 1)));
        assertEquals(List.of(1L, 2L), positions(read(0, Long.MAX_VALUE, 100, 150)));
        assertTrue(read(0, Long.MAX_VALUE, 100, 150).more());
    }

    @Test
    public void theUpperBoundIsInclusive() throws Exception {
        insert(1, 10);
        Range range = read(2, 4, 100, 1 << 20);
        assertEquals(List.of(3L, 4L), positions(range));
        assertEquals(4, range.settledThrough());
        assertEquals(List.of(), read(4, 4, 100, 1 << 20).entries());
    }

    @Test
    public void pageByPageIsAllOfIt() throws Exception {
        insert(1, 2500);
        long after = 0;
        int count = 0;
        while (true) {
            Range range = read(after, Long.MAX_VALUE, 400, 1 << 20);
            count += range.entries().size();
            after = range.settledThrough();
            if (!range.more()) {
                break;
            }
        }
        assertEquals(2500, count);
        assertEquals(2500, after);
        assertEquals(2500, log.head(TOPIC));
        assertEquals(2500, log.settled(TOPIC));
    }

    @Test
    public void aRolledBackPositionBecomesAVoid() throws Exception {
        insert(1, 2);
        publishers.rollBack(event("gone").build());
        insert(4, 4);
        Range range = readAll(0);
        assertEquals(List.of(1L, 2L, 3L, 4L), positions(range));
        assertTrue(range.entries().get(2).isVoid());
        assertEquals(4, range.settledThrough());
    }

    @Test
    public void anOpenPositionIsUndecidedAndItsHolderNamed() throws Exception {
        insert(1, 1);
        AutoCloseable open = publishers.holdOpen(event("late").build(), "the-slow-one");
        try {
            insert(3, 3);
            Range range = readAll(0);
            assertEquals(1, range.settledThrough());
            String blocker = Objects.requireNonNull(range.blocker(), "nobody is told to hold position 2 open");
            assertTrue(blocker.contains(holder("the-slow-one")), blocker);
        } finally {
            open.close();
        }
        assertEquals(List.of(2L, 3L), positions(readAll(1)));
        assertNull(readAll(1).blocker());
    }

    @Test
    public void whatRetentionRemovedIsGoneAndNotVoid() throws Exception {
        insert(1, 10);
        assertEquals(10, readAll(0).settledThrough());
        publishers.remove(4);
        Range range = readAll(0);
        assertEquals(4, range.goneThrough());
        assertEquals(List.of(5L, 6L, 7L, 8L, 9L, 10L), positions(range));
        assertEquals(10, range.settledThrough());
    }

    @Test
    public void boundsThatCannotBeAreRefused() throws Exception {
        assertThrows(IllegalArgumentException.class, () -> read(-1, 5, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> read(0, 5, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> read(0, 5, 1, 0));
    }

    @Test
    public void aMebibyteOfDataArrivesWhole() throws Exception {
        for (int i = 1; i <= 5; i++) {
            publishers.publish(List.of(event("big" + i).data(new byte[1 << 20]).build()));
        }
        Range range = readAll(0);
        assertBetween(1, 2, range.entries().size());
        assertArrayEquals(new byte[1 << 20], range.entries().get(0).data());
        assertTrue(range.more());
    }
}
