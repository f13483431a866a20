package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every event log has to do, run on each adapter. Publishers and retention are the seam: each kind of source has its own. */
public abstract class EventLogContract {
    protected static final TopicName TOPIC = new TopicName("orders");

    private Publishers publishers;
    private EventLog log;

    /** What happens to the topic at its source. Positions of the entries given are of no meaning: the source draws them. */
    public interface Publishers {
        /** Who the source is. */
        Origin origin();

        /** Commits entries at the next positions. */
        void publish(List<LogEntry> entries) throws Exception;

        /** Draws the next position for an entry and gives it up. */
        void rollBack(LogEntry entry) throws Exception;

        /** Draws the next position for an entry and holds it open under a name; closing commits it. */
        AutoCloseable holdOpen(LogEntry entry, String holder) throws Exception;

        /** Retention removes everything at or below a position. */
        void remove(long through);
    }

    /** The source, with an empty topic; asked first. */
    protected abstract Publishers publishers() throws Exception;

    /** The adapter over the source, with a settle wait of about 200 ms. */
    protected abstract EventLog open() throws Exception;

    /** Ends the adapter. */
    protected void close() throws Exception {
        // most have nothing to end
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

    private static List<Long> positions(Range range) {
        return range.entries().stream().map(LogEntry::position).toList();
    }

    @Test
    public void anEmptyTopicHasHeadZeroAndNothingToRead() throws Exception {
        assertThat(log.head(TOPIC)).isZero();
        assertThat(log.settled(TOPIC)).isZero();
        Range range = readAll(0);
        assertThat(range.entries()).isEmpty();
        assertThat(range.settledThrough()).isZero();
        assertThat(range.more()).isFalse();
        assertThat(range.blocker()).isNull();
        assertThat(range.goneThrough()).isZero();
    }

    /** How far is for the log to say; never beyond what may still come. */
    @Test
    public void whatIsSettledWithoutReadingEndsBelowWhatIsOpen() throws Exception {
        insert(1, 3);
        publishers.rollBack(event("r").build());
        insert(5, 5);
        assertThat(log.settle(TOPIC, 0)).isBetween(0L, 5L);
        try (AutoCloseable open = publishers.holdOpen(event("o").build(), "somebody")) {
            insert(7, 8);
            assertThat(log.settle(TOPIC, 5)).isEqualTo(5);
        }
        assertThat(log.settle(TOPIC, 5)).isBetween(5L, 8L);
        assertThat(readAll(5).settledThrough()).isEqualTo(8);
    }

    @Test
    public void theOriginIsThatOfTheTable() throws Exception {
        assertThat(log.origin(TOPIC)).isEqualTo(publishers.origin());
        assertThat(log.origin(TOPIC)).isEqualTo(log.origin(TOPIC));
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
        assertThat(positions(range)).containsExactly(1L, 2L, 3L);
        assertThat(range.settledThrough()).isEqualTo(3);
        LogEntry first = range.entries().get(0);
        assertThat(first.data()).isEqualTo(new byte[] {0, -1});
        assertThat(first.time()).isEqualTo("2026-01-02T03:04:05.678901Z");
        assertThat(first.traceparent()).isEqualTo("00-1-2-03");
        assertThat(first.toCloudEvent().getExtension("n")).isEqualTo(5);
        assertThat(first.toCloudEvent().getExtension("u")).isEqualTo(java.net.URI.create("urn:u"));
        assertThat(first.toCloudEvent().getDataSchema()).isEqualTo(java.net.URI.create("urn:s"));
        assertThat(range.entries().get(1).data()).isNull();
        assertThat(range.entries().get(1).extensions()).isNull();
        assertThat(range.entries().get(2).data()).isEmpty();
    }

    @Test
    public void whatStandsAtAPositionIsKnownAgain() throws Exception {
        publishers.publish(
                List.of(event("a").data(new byte[100_000]).build(), event("b").build()));
        publishers.rollBack(event("c").build());
        publishers.publish(List.of(event("d").build()));
        assertThat(log.identity(TOPIC, 0)).isNull();
        assertThat(log.identity(TOPIC, 5)).isNull();
        for (LogEntry entry : readAll(0).entries()) {
            LogEntry there = log.identity(TOPIC, entry.position());
            assertThat(there).isNotNull();
            assertThat(there.position()).isEqualTo(entry.position());
            assertThat(there.sameIdentity(entry)).as(entry.toString()).isTrue();
        }
        LogEntry first = log.identity(TOPIC, 1);
        assertThat(first).isNotNull();
        assertThat(first.sameIdentity(Objects.requireNonNull(log.identity(TOPIC, 2))))
                .isFalse();
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
        assertThat(read(0, Long.MAX_VALUE, 1000, 1 << 24).entries())
                .extracting(LogEntry::extensions)
                .containsExactlyElementsOf(strange);
    }

    @Test
    public void theRowLimitCutsAndSaysSo() throws Exception {
        insert(1, 10);
        Range range = read(2, Long.MAX_VALUE, 3, 1 << 20);
        assertThat(positions(range)).containsExactly(3L, 4L, 5L);
        assertThat(range.settledThrough()).isEqualTo(5);
        assertThat(range.more()).isTrue();
        assertThat(read(5, Long.MAX_VALUE, 5, 1 << 20).more()).isFalse();
    }

    @Test
    public void theByteLimitCutsAfterTheEntryThatPassesIt() throws Exception {
        insert(1, 10);
        assertThat(positions(read(0, Long.MAX_VALUE, 100, 1))).containsExactly(1L);
        assertThat(positions(read(0, Long.MAX_VALUE, 100, 150))).containsExactly(1L, 2L);
        assertThat(read(0, Long.MAX_VALUE, 100, 150).more()).isTrue();
    }

    @Test
    public void theUpperBoundIsInclusive() throws Exception {
        insert(1, 10);
        Range range = read(2, 4, 100, 1 << 20);
        assertThat(positions(range)).containsExactly(3L, 4L);
        assertThat(range.settledThrough()).isEqualTo(4);
        assertThat(read(4, 4, 100, 1 << 20).entries()).isEmpty();
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
        assertThat(count).isEqualTo(2500);
        assertThat(after).isEqualTo(2500).isEqualTo(log.head(TOPIC));
        assertThat(log.settled(TOPIC)).isEqualTo(2500);
    }

    @Test
    public void aRolledBackPositionBecomesAVoid() throws Exception {
        insert(1, 2);
        publishers.rollBack(event("gone").build());
        insert(4, 4);
        Range range = readAll(0);
        assertThat(positions(range)).containsExactly(1L, 2L, 3L, 4L);
        assertThat(range.entries().get(2).isVoid()).isTrue();
        assertThat(range.settledThrough()).isEqualTo(4);
    }

    /** What is told of the application that holds a position open. */
    protected String holder(String application) {
        return application;
    }

    @Test
    public void anOpenPositionIsUndecidedAndItsHolderNamed() throws Exception {
        insert(1, 1);
        try (AutoCloseable open = publishers.holdOpen(event("late").build(), "the-slow-one")) {
            assertThat(open).isNotNull();
            insert(3, 3);
            Range range = readAll(0);
            assertThat(range.settledThrough()).isEqualTo(1);
            assertThat(range.blocker()).contains(holder("the-slow-one"));
        }
        assertThat(positions(readAll(1))).containsExactly(2L, 3L);
        assertThat(readAll(1).blocker()).isNull();
    }

    @Test
    public void whatRetentionRemovedIsGoneAndNotVoid() throws Exception {
        insert(1, 10);
        assertThat(readAll(0).settledThrough()).isEqualTo(10);
        publishers.remove(4);
        Range range = readAll(0);
        assertThat(range.goneThrough()).isEqualTo(4);
        assertThat(positions(range)).containsExactly(5L, 6L, 7L, 8L, 9L, 10L);
        assertThat(range.settledThrough()).isEqualTo(10);
    }

    @Test
    public void boundsThatCannotBeAreRefused() throws Exception {
        assertThatThrownBy(() -> read(-1, 5, 1, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read(0, 5, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> read(0, 5, 1, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    public void aMebibyteOfDataArrivesWhole() throws Exception {
        for (int i = 1; i <= 5; i++) {
            publishers.publish(List.of(event("big" + i).data(new byte[1 << 20]).build()));
        }
        Range range = readAll(0);
        assertThat(range.entries()).hasSizeBetween(1, 2);
        assertThat(range.entries().get(0).data()).hasSize(1 << 20);
        assertThat(range.more()).isTrue();
    }
}
