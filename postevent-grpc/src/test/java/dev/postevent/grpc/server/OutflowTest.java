package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** G9: a call whose messages cannot be sent ends; it is never left open and silent. */
class OutflowTest {
    private final Call call = new Call();
    private final Deque<Supplier<String>> messages = new ArrayDeque<>();
    private int overs;

    private final class Messages extends Outflow<String> {
        private Messages(Executor executor) {
            super(call, executor);
        }

        @Override
        @Nullable
        Supplier<String> next() {
            return messages.poll();
        }

        @Override
        boolean complete() {
            return false;
        }

        @Override
        void over() {
            overs++;
        }
    }

    /** Takes all. */
    private static final class Call extends ServerCallStreamObserver<String> {
        private final List<String> taken = new ArrayList<>();
        private final List<Status.Code> ends = new ArrayList<>();

        @Override
        public boolean isCancelled() {
            return false;
        }

        @Override
        public void setOnCancelHandler(Runnable handler) {
            // nobody cancels
        }

        @Override
        public void setCompression(String compression) {
            // nothing is compressed
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setOnReadyHandler(Runnable handler) {
            // always is
        }

        @Override
        public void request(int count) {
            // the request is there
        }

        @Override
        public void setMessageCompression(boolean enable) {
            // nothing is compressed
        }

        @Override
        public void disableAutoInboundFlowControl() {
            // the request is there
        }

        @Override
        public void onNext(String message) {
            taken.add(message);
        }

        @Override
        public void onError(Throwable failure) {
            ends.add(Status.fromThrowable(failure).getCode());
        }

        @Override
        public void onCompleted() {
            ends.add(Status.Code.OK);
        }
    }

    @Test
    void anErrorWhileAMessageIsMadeEndsTheCall() {
        Messages flow = new Messages(Runnable::run);
        messages.add(() -> "first");
        messages.add(() -> {
            throw new OutOfMemoryError("as if");
        });
        messages.add(() -> "third");
        flow.wake();
        assertThat(call.taken).containsExactly("first");
        assertThat(call.ends).containsExactly(Status.Code.INTERNAL);
        assertThat(overs).isEqualTo(1);
        flow.wake();
        assertThat(call.taken).as("a call that is over").containsExactly("first");
    }

    @Test
    void whoeverWakesACallForWhichThereIsNoThreadGoesOnAndTheNextWakeSends() {
        List<Error> none = new ArrayList<>(List.of(new OutOfMemoryError("unable to create native thread")));
        Messages flow = new Messages(task -> {
            if (!none.isEmpty()) {
                throw none.remove(0);
            }
            task.run();
        });
        messages.add(() -> "first");
        flow.wake();
        assertThat(call.taken).isEmpty();
        flow.wake();
        assertThat(call.taken).containsExactly("first");
        assertThat(call.ends).isEmpty();
    }
}
