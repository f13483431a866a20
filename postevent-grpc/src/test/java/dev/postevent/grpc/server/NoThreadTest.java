package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.grpc.files.Reloaded;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.HeadResponse;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.spi.ConsumerMark;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import dev.postevent.testing.InMemoryEventLog;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** G9: where no thread can be made, a call ends, and leaves neither its place nor a question behind. */
class NoThreadTest {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final Duration LIMIT = Duration.ofSeconds(1);

    private final Callers callers = CallersTest.callers(1, 100, 100);
    private final KeptTimer timer = new KeptTimer();
    private final Deque<Runnable> failures = new ArrayDeque<>(List.of(
            () -> {
                throw new OutOfMemoryError("unable to create native thread");
            },
            () -> {
                throw new IllegalStateException("the thread factory refused a thread");
            }));
    private final Deque<Runnable> tasks = new ArrayDeque<>();
    private final Executor failing = task -> {
        Runnable failure = failures.poll();
        if (failure != null) {
            failure.run();
        }
        tasks.add(task);
    };

    /** None is reported. */
    private static final class NoMarks implements Transport.Marks {
        @Override
        public boolean report(String principal, String name, TopicName topic, long mark, int namesMax) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<ConsumerMark> all() {
            return List.of();
        }
    }

    /** Nobody is at the other end. */
    private static final class NoCall extends ServerCall<byte[], byte[]> {
        @Override
        public void request(int count) {
            // none comes
        }

        @Override
        public void sendHeaders(Metadata headers) {
            // for nobody
        }

        @Override
        public void sendMessage(byte[] message) {
            // for nobody
        }

        @Override
        public void close(Status status, Metadata trailers) {
            // for nobody
        }

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public MethodDescriptor<byte[], byte[]> getMethodDescriptor() {
            throw new UnsupportedOperationException();
        }
    }

    private ServerCall.Listener<byte[]> takeIn(ServerCall.Listener<byte[]> service) throws Exception {
        return Context.current()
                .withValues(
                        Identity.OF_CALL,
                        Identity.NOBODY,
                        Resets.OF_CALL,
                        Context.current().withCancellation())
                .call(() -> new CallLimits(callers, timer, LIMIT)
                        .interceptCall(new NoCall(), new Metadata(), (call, headers) -> {
                            if (service == null) {
                                throw new OutOfMemoryError("as if");
                            }
                            return service;
                        }));
    }

    private void thePlaceIsFree() {
        assertThat(callers.enter(Identity.ANONYMOUS)).isNotNull();
    }

    @Test
    void aCallThatCannotBeTimedLeavesItsPlace() {
        timer.failure = new OutOfMemoryError("unable to create native thread");
        assertThatThrownBy(() -> takeIn(new ServerCall.Listener<>() {})).isInstanceOf(OutOfMemoryError.class);
        thePlaceIsFree();
    }

    @Test
    void aCallThatTheServiceCannotTakeInLeavesItsPlace() {
        assertThatThrownBy(() -> takeIn(null)).isInstanceOf(OutOfMemoryError.class);
        thePlaceIsFree();
    }

    @Test
    void aQuestionThatCannotBeAskedLeavesItsPlace() {
        Reloaded<ServerSettings.Allowed> allowed = new Reloaded<>(
                "test",
                () -> "",
                () -> new ServerSettings.Allowed(Map.of(ORDERS, Set.of(Identity.ANONYMOUS)), Map.of()));
        assertThat(allowed.look()).isTrue();
        InMemoryEventLog log = new InMemoryEventLog();
        TopicCalls calls = new TopicCalls(
                log,
                new NoMarks(),
                new LiveHub(log, failing),
                new HeldPositions(System::nanoTime),
                new Permissions(allowed),
                CallersTest.limits(1, 100, 100),
                new Workers(new Shares(failing, 1, 1), Runnable::run, failing, timer, Clock.systemUTC()));
        for (Status.Code code : List.of(Status.Code.INTERNAL, Status.Code.UNAVAILABLE)) {
            Callers.Place place = callers.enter(Identity.ANONYMOUS);
            assertThat(place).isNotNull();
            TakingCall<HeadResponse> asked = new TakingCall<>();
            Context.current()
                    .withValues(Identity.OF_CALL, Identity.NOBODY, Callers.Place.OF_CALL, place)
                    .run(() -> calls.head(
                            HeadRequest.newBuilder().setTopic("orders").build(), asked));
            assertThat(asked.ends).containsExactly(code);
            place.leave();
        }
        assertThat(callers.enter(Identity.ANONYMOUS)).isNotNull();
    }

    @Test
    void aHeadThatCannotBeAskedForIsAskedForWithTheNextHeartbeat() {
        LiveHub hub = new LiveHub(new InMemoryEventLog(), failing);
        TakingCall<SubscribeResponse> call = new TakingCall<>();
        hub.add(new LiveStream(ORDERS, "c", 1, MessageLimit.of(0), call, Runnable::run, stream -> {}, stream -> {}));
        hub.beat();
        hub.beat();
        assertThat(tasks).isEmpty();
        hub.beat();
        assertThat(tasks).hasSize(1);
        assertThat(call.ends).isEmpty();
    }
}
