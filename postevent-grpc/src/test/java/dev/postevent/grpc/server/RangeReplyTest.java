package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.grpc.v1.Entry;
import dev.postevent.grpc.v1.ReadRequest;
import dev.postevent.grpc.v1.ReadResponse;
import dev.postevent.grpc.v1.Summary;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.InMemoryEventLog;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** G6, G12: an entry that no message carries is named, and what is before it arrives. */
class RangeReplyTest {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final int TOO_LARGE = 16 << 20;

    private final InMemoryEventLog log = new InMemoryEventLog();
    private final TakingCall<ReadResponse> call = new TakingCall<>();
    private final Queue<Runnable> reads = new ArrayDeque<>();
    private final HeldPositions held = new HeldPositions(System::nanoTime);

    private static LogEntry event(String id, int bytes) {
        return LogEntry.at(0)
                .kind('e')
                .id(id)
                .source("urn:test")
                .type("t")
                .data(new byte[bytes])
                .build();
    }

    private void read(long after) {
        call.taken.clear();
        call.ends.clear();
        RangeReply reply = new RangeReply(
                ORDERS,
                ReadRequest.newBuilder()
                        .setTopic("orders")
                        .setAfter(after)
                        .setRowsMax(1_000)
                        .setBytesMax(1 << 30)
                        .build(),
                log,
                held,
                call,
                Runnable::run,
                reads::add,
                () -> {});
        reply.open();
        reply.wake();
        Runnable next;
        while ((next = reads.poll()) != null) {
            next.run();
        }
    }

    private List<Long> positions() {
        return call.taken.stream()
                .flatMap(message -> message.getEntries().getEntriesList().stream())
                .map(Entry::getPosition)
                .toList();
    }

    private Summary summary() {
        return call.taken.get(call.taken.size() - 1).getSummary();
    }

    @Test
    void whatIsBeforeALargeEntryArrivesAndThenItIsNamed() {
        log.publish(List.of(event("a", 10), event("large", TOO_LARGE), event("b", 10)));
        read(0);
        assertThat(positions()).containsExactly(1L);
        assertThat(summary().getSettledThrough()).isEqualTo(1);
        assertThat(summary().getMore()).isTrue();
        assertThat(call.ends).containsExactly(Status.Code.OK);

        read(1);
        assertThat(call.taken).isEmpty();
        assertThat(call.ends).containsExactly(Status.Code.FAILED_PRECONDITION);
        assertThat(held.facts())
                .hasEntrySatisfying("too_large.orders", fact -> assertThat(fact).contains("position 2"));

        read(2);
        assertThat(positions()).containsExactly(3L);
    }

    /** A gap below it may still fill: whoever waits for that need not be told of what is above it. */
    @Test
    void aGapBelowALargeEntryIsWaitedForFirst() throws Exception {
        AutoCloseable slow = log.holdOpen(event("slow", 10), "slow");
        log.publish(List.of(event("a", 10), event("large", TOO_LARGE), event("b", 10)));
        read(0);
        assertThat(positions()).containsExactly(2L);
        assertThat(summary().getSettledThrough()).isZero();
        assertThat(summary().getMore()).isFalse();
        assertThat(summary().hasBlocker()).isTrue();

        slow.close();
        read(0);
        assertThat(positions()).containsExactly(1L, 2L);
        assertThat(summary().getMore()).isTrue();
    }

    @Test
    void oneThatFitsArrives() {
        log.publish(List.of(event("fits", TOO_LARGE - 1_000)));
        read(0);
        assertThat(positions()).containsExactly(1L);
        assertThat(summary().getSettledThrough()).isEqualTo(1);
    }
}
