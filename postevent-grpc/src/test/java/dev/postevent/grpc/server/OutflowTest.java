package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
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
    private final TakingCall<String> call = new TakingCall<>();
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
