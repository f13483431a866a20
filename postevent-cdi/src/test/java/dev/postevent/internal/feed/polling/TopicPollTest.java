package dev.postevent.internal.feed.polling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.threads.Backoff;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.InMemoryEventLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a poll reads: it comes every few milliseconds, whether or not there is anything new. */
class TopicPollTest implements Feed.Listener {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final int LARGE = 1_000_000;

    private final InMemoryEventLog log = new InMemoryEventLog();
    private final CountingLog counted = new CountingLog();
    private final List<String> brought = new ArrayList<>();
    private final List<String> doubts = new ArrayList<>();
    private TopicPoll poll = poll(100, 10 * LARGE);

    private TopicPoll poll(int batchMax, long bytesMax) {
        return new TopicPoll(
                ORDERS,
                counted,
                new PollingFeedSettings(
                        Duration.ofMillis(5),
                        Duration.ofMillis(200),
                        batchMax,
                        bytesMax,
                        new Backoff(Duration.ofMillis(20), 2, Duration.ofMillis(200))),
                new Random(1));
    }

    /** Counts bytes of data that leave the log, and reads; knows identities by themselves, as that of a database does. */
    private final class CountingLog implements EventLog {
        private long bytes;
        private int reads;

        @Override
        public Origin origin(TopicName topic) {
            return log.origin(topic);
        }

        @Override
        public long head(TopicName topic) {
            return log.head(topic);
        }

        @Override
        public long settled(TopicName topic) {
            return log.settled(topic);
        }

        @Override
        public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            Range range = log.read(topic, after, through, rowsMax, bytesMax);
            reads++;
            range.entries().forEach(entry -> bytes += entry.data() == null ? 0 : entry.data().length);
            return range;
        }

        @Override
        public @Nullable LogEntry identity(TopicName topic, long position) {
            return log.identity(topic, position);
        }
    }

    @Override
    public void onBatch(Map<TopicName, List<LogEntry>> batch) {
        batch.get(ORDERS).forEach(entry -> brought.add(entry.isVoid() ? "void" : entry.id()));
    }

    @Override
    public void onDoubt(String reason) {
        doubts.add(reason);
    }

    private void publish(String... ids) {
        for (String id : ids) {
            log.publish(List.of(event(id)));
        }
    }

    private static LogEntry event(String id) {
        return event(id, LARGE);
    }

    private static LogEntry event(String id, int bytes) {
        return LogEntry.at(0)
                .kind('e')
                .id(id)
                .source("urn:test")
                .type("t")
                .data(new byte[bytes])
                .build();
    }

    private boolean pollOnce() {
        return poll.once(this, 0);
    }

    private long bytesOf(int polls) {
        long before = counted.bytes;
        for (int i = 0; i < polls; i++) {
            pollOnce();
        }
        return counted.bytes - before;
    }

    @Test
    void whereNothingHappensNoPayloadIsRead() {
        publish("old");
        assertThat(bytesOf(100)).isZero();
        publish("new");
        assertThat(bytesOf(1)).isEqualTo(LARGE);
        assertThat(bytesOf(100)).isZero();
        assertThat(brought).containsExactly("new");
        assertThat(doubts).hasSize(1);
    }

    @Test
    void whatStandsAboveAnOpenGapIsReadOnce() throws Exception {
        pollOnce();
        AutoCloseable slow = log.holdOpen(event("slow"), "slow");
        publish("fast");
        AutoCloseable slower = log.holdOpen(event("slower"), "slower");
        publish("fast too");
        assertThat(bytesOf(100)).isEqualTo(2 * LARGE);
        publish("later");
        assertThat(bytesOf(100)).isEqualTo(LARGE);
        slow.close();
        assertThat(bytesOf(100)).isEqualTo(LARGE);
        slower.close();
        assertThat(bytesOf(100)).isEqualTo(LARGE);
        publish("last");
        assertThat(bytesOf(100)).isEqualTo(LARGE);
        assertThat(brought).containsExactly("fast", "fast too", "later", "slow", "slower", "last");
        assertThat(doubts).hasSize(1);
    }

    @Test
    void aGapThatIsSealedIsBroughtAsThat() throws Exception {
        pollOnce();
        AutoCloseable open = log.holdOpen(event("open"), "open");
        publish("one");
        pollOnce();
        log.rollBack(event("gone"));
        publish("two");
        pollOnce();
        open.close();
        pollOnce();
        assertThat(brought).containsExactly("one", "void", "two", "open");
        assertThat(bytesOf(10)).isZero();
    }

    @Test
    void moreGapsThanAStatementEachIsWorthAreReadInOne() throws Exception {
        poll = poll(100, 100 * LARGE);
        pollOnce();
        List<AutoCloseable> open = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            open.add(log.holdOpen(event("slow" + i), "slow"));
            publish("fast" + i);
        }
        pollOnce();
        int reads = counted.reads;
        pollOnce();
        assertThat(counted.reads - reads).isLessThan(12);
        for (AutoCloseable one : open) {
            one.close();
        }
        pollOnce();
        assertThat(brought).hasSize(60).doesNotHaveDuplicates();
        publish("last");
        assertThat(bytesOf(1)).isEqualTo(LARGE);
    }

    /** The fault: each gap was read with the bound of a whole read, so a poll brought up to nine times that. */
    @Test
    void allReadsOfAPollTogetherBringNoMoreThanOneMay() throws Exception {
        poll = poll(100, 3 * LARGE);
        pollOnce();
        List<AutoCloseable> open = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            open.add(log.holdOpen(event("slow" + i), "slow"));
            log.publish(List.of(event("fast" + i, 1)));
        }
        pollOnce();
        for (AutoCloseable one : open) {
            one.close();
        }
        publish("last");
        brought.clear();
        List<Long> polls = new ArrayList<>();
        while (brought.size() < 9) {
            polls.add(bytesOf(1));
        }
        assertThat(polls)
                .as("a read ends with the entry that passes its bound")
                .allSatisfy(bytes -> assertThat(bytes).isBetween(1L, 4L * LARGE));
        assertThat(polls.stream().mapToLong(Long::longValue).sum())
                .as("nothing is read twice")
                .isEqualTo(9L * LARGE);
        assertThat(brought)
                .containsExactly("slow0", "slow1", "slow2", "slow3", "slow4", "slow5", "slow6", "slow7", "last");
        publish("after");
        assertThat(bytesOf(10)).isEqualTo(LARGE);
    }

    /** Behind an open gap no more is kept in mind than one read holds. */
    @Test
    void noMoreThanOneReadIsHandedAboveAGap() throws Exception {
        assertHandedAboveAGap(poll(3, 10 * LARGE), "rows", 3);
        assertHandedAboveAGap(poll(100, LARGE), "bytes", 1);
    }

    private void assertHandedAboveAGap(TopicPoll limited, String prefix, int handed) throws Exception {
        poll = limited;
        pollOnce();
        brought.clear();
        AutoCloseable slow = log.holdOpen(event(prefix + "-slow"), "slow");
        List<String> fast =
                IntStream.range(0, 5).mapToObj(i -> prefix + "-" + i).toList();
        publish(fast.toArray(String[]::new));
        bytesOf(10);
        assertThat(brought).isEqualTo(fast.subList(0, handed));
        slow.close();
        bytesOf(10);
        List<String> all = new ArrayList<>(fast);
        all.add(handed, prefix + "-slow");
        assertThat(brought).isEqualTo(all);
    }
}
