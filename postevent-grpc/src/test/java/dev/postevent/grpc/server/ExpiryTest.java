package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.spi.TopicName;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** G9: the timer, on which the heartbeats are, only has streams looked at; and no call goes on that nobody would end. */
class ExpiryTest {
    private final MovableClock clock = new MovableClock();
    private final KeptTimer timer = new KeptTimer();
    private final Deque<Runnable> checks = new ArrayDeque<>();
    private final TakingCall<SubscribeResponse> call = new TakingCall<>();
    private int looks;
    private int overs;

    private LiveStream stream() {
        return new LiveStream(
                new TopicName("orders"),
                "c",
                1,
                MessageLimit.of(0),
                call,
                Runnable::run,
                stream -> looks++,
                stream -> overs++);
    }

    private Expiry expiry(Executor others) {
        return new Expiry(new Workers(new Shares(others, 1, 1), Runnable::run, others, timer, clock));
    }

    @Test
    void whatIsDueIsLookedAtElsewhere() {
        Expiry expiry = expiry(checks::add);
        LiveStream stream = stream();
        expiry.begin(clock.instant().plusSeconds(60), stream);
        assertThat(timer.delaysMillis).containsExactly(60_001L);
        timer.tasks.remove().run();
        assertThat(looks).as("on the timer").isZero();
        checks.remove().run();
        assertThat(looks).isEqualTo(1);
        assertThat(call.ends).isEmpty();
    }

    @Test
    void aStreamThatCannotBeLookedAtEnds() {
        Expiry expiry = expiry(task -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
        expiry.begin(clock.instant(), stream());
        timer.tasks.remove().run();
        assertThat(call.ends).containsExactly(Status.Code.INTERNAL);
        assertThat(overs).isEqualTo(1);
    }

    @Test
    void aCallThatCannotBeTimedEnds() {
        timer.failure = new OutOfMemoryError("unable to create native thread");
        expiry(checks::add).begin(clock.instant(), stream());
        assertThat(call.ends).containsExactly(Status.Code.INTERNAL);

        TakingCall<String> other = new TakingCall<>();
        expiry(checks::add).begin(Duration.ofSeconds(1), new Silent(other));
        assertThat(other.ends).containsExactly(Status.Code.INTERNAL);
    }

    @Test
    void anAnswerThatCannotBeTimedIsAFailure() {
        timer.failure = new OutOfMemoryError("unable to create native thread");
        TakingCall<String> asked = new TakingCall<>();
        OneAnswer<String> answer = new OneAnswer<>(asked);
        answer.limit(timer, Duration.ofSeconds(1));
        assertThat(asked.ends).containsExactly(Status.Code.INTERNAL);
        assertThat(answer.isOver()).isTrue();
    }

    /** Has nothing to send. */
    private static final class Silent extends Outflow<String> {
        private Silent(TakingCall<String> call) {
            super(call, Runnable::run);
        }

        @Override
        java.util.function.@Nullable Supplier<String> next() {
            return null;
        }

        @Override
        boolean complete() {
            return false;
        }

        @Override
        void over() {
            // nothing is kept
        }
    }
}
