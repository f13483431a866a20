package dev.postevent.internal.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class UnlessUnderWayTest {
    private final Deque<Runnable> waiting = new ArrayDeque<>();
    private final List<Throwable> told = new ArrayList<>();
    private int done;

    @Test
    void whatWaitsOrIsUnderWayIsNotBegunAgain() {
        UnlessUnderWay[] self = new UnlessUnderWay[1];
        self[0] = new UnlessUnderWay(
                waiting::add,
                () -> {
                    done++;
                    self[0].request();
                },
                told::add);
        self[0].request();
        self[0].request();
        assertThat(waiting).hasSize(1);
        waiting.poll().run();
        assertThat(done).isEqualTo(1);
        assertThat(waiting).as("asked for while it was under way").isEmpty();
        self[0].request();
        assertThat(waiting).hasSize(1);
        assertThat(told).isEmpty();
    }

    @Test
    void whatFailedIsBegunAgain() {
        UnlessUnderWay failing = new UnlessUnderWay(
                waiting::add,
                () -> {
                    throw new OutOfMemoryError("as if");
                },
                told::add);
        failing.request();
        assertThatThrownBy(() -> waiting.poll().run()).isInstanceOf(OutOfMemoryError.class);
        failing.request();
        assertThat(waiting).hasSize(1);
    }

    /** As pools and servers' factories say that there is no thread, or that they are being stopped. */
    @Test
    void whatCouldNotBeBegunIsBegunByWhoeverAsksNext() {
        Deque<Runnable> failures = new ArrayDeque<>(List.of(
                () -> {
                    throw new OutOfMemoryError("unable to create native thread");
                },
                () -> {
                    throw new IllegalStateException("the thread factory refused a thread");
                },
                () -> {
                    throw new RejectedExecutionException("being stopped");
                }));
        UnlessUnderWay task = new UnlessUnderWay(
                work -> {
                    Runnable failure = failures.poll();
                    if (failure != null) {
                        failure.run();
                    }
                    work.run();
                },
                () -> done++,
                told::add);
        task.request();
        task.request();
        task.request();
        assertThat(done).isZero();
        assertThat(told).as("to be stopped is no fault").hasSize(2);
        task.request();
        assertThat(done).isEqualTo(1);
    }
}
