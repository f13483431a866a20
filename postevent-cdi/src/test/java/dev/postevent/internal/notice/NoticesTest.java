package dev.postevent.internal.notice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.Notice;
import dev.postevent.internal.flow.Told;
import dev.postevent.testing.LogLines;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

/** Notices reach their targets in order, and whatever these do harms nobody. */
final class NoticesTest {
    private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
    private final List<String> told = new ArrayList<>();

    private record Target(String where, Class<?> kind, Consumer<Notice> does) implements NoticeTarget {
        @Override
        public boolean takes(Class<? extends Notice> of) {
            return kind.isAssignableFrom(of);
        }

        @Override
        public void tell(Notice notice) {
            does.accept(notice);
        }
    }

    private Target remembering(String where, Class<?> kind) {
        return new Target(where, kind, notice -> told.add(where + ": " + position(notice)));
    }

    private static long position(Notice notice) {
        return notice instanceof Notice.EventParked parked ? parked.position() : -1;
    }

    private static Notice parked(long position) {
        return new Told.EventParked(
                "billing", "orders", position, Optional.of("s"), Optional.empty(), 3, "java.io.IOException: no");
    }

    private static Notice other() {
        return new Told.NodeLost("billing", "node2", List.of(1));
    }

    private Notices notices(int queueMax, NoticeTarget... targets) {
        return new Notices(List.of(targets), queueMax, tasks::add);
    }

    private void work() {
        Runnable task;
        while ((task = tasks.poll()) != null) {
            task.run();
        }
    }

    @Test
    void eachTargetIsToldOfItsKindsInOrderByOneTaskAtATime() {
        Notices notices = notices(10, remembering("a", Notice.class), remembering("b", Notice.EventParked.class));
        notices.accept(parked(1));
        notices.accept(other());
        notices.accept(parked(2));
        assertThat(told).isEmpty();
        assertThat(tasks).hasSize(1);
        work();
        assertThat(told).containsExactly("a: 1", "b: 1", "a: -1", "a: 2", "b: 2");
        notices.accept(parked(3));
        work();
        assertThat(told).hasSize(7).endsWith("a: 3", "b: 3");
    }

    @Test
    void whatNobodyObservesIsNotQueued() {
        Notices notices = notices(10, remembering("a", Notice.EventParked.class));
        notices.accept(other());
        assertThat(tasks).isEmpty();
        assertThat(notices.wants(Notice.NodeLost.class)).isFalse();
        assertThat(notices.wants(Notice.EventParked.class)).isTrue();
    }

    @Test
    void aFullQueueDropsTheNewestAndSaysSoOnce() {
        Notices notices = notices(2, remembering("a", Notice.class));
        try (LogLines lines = new LogLines("dev.postevent.notice", Level.ALL)) {
            for (int i = 1; i <= 5; i++) {
                notices.accept(parked(i));
            }
            assertThat(lines.with("2 notices wait"))
                    .singleElement()
                    .satisfies(line -> assertThat(line).contains("position=3"));
            assertThat(notices.dropped()).isEqualTo(3);
            work();
            assertThat(told).containsExactly("a: 1", "a: 2");
            assertThat(lines.with("3 were dropped since")).hasSize(1);
            for (int i = 6; i <= 9; i++) {
                notices.accept(parked(i));
            }
            assertThat(lines.with("2 notices wait"))
                    .as("it was empty in between")
                    .hasSize(2);
        }
        work();
        assertThat(told).containsExactly("a: 1", "a: 2", "a: 6", "a: 7");
    }

    @Test
    void whatATargetThrowsIsLoggedOncePerCauseAndTheOthersAreTold() {
        List<RuntimeException> thrown = new ArrayList<>();
        Target broken = new Target("broken", Notice.class, notice -> {
            RuntimeException failure =
                    position(notice) < 3 ? new IllegalStateException("at " + notice) : new IllegalArgumentException();
            thrown.add(failure);
            throw failure;
        });
        Notices notices = notices(10, broken, remembering("a", Notice.class));
        try (LogLines lines = new LogLines("dev.postevent.notice", Level.WARNING)) {
            notices.accept(parked(1));
            notices.accept(parked(2));
            notices.accept(parked(3));
            work();
            assertThat(thrown).hasSize(3);
            assertThat(lines.traced("observer broken of notices threw"))
                    .satisfiesExactly(
                            first -> assertThat(first).contains("position=1"),
                            second -> assertThat(second).contains("position=3"));
        }
        assertThat(told).containsExactly("a: 1", "a: 2", "a: 3");
    }

    @Test
    void anErrorIsNoEndEither() {
        Target broken = new Target("broken", Notice.class, notice -> {
            throw new StackOverflowError();
        });
        Notices notices = notices(10, broken, remembering("a", Notice.class));
        notices.accept(parked(1));
        notices.accept(parked(2));
        work();
        assertThat(told).containsExactly("a: 1", "a: 2");
    }

    @Test
    void afterTheStopNothingIsTakenAndWhatCouldNotBeToldIsNot() {
        Notices notices = notices(10, remembering("a", Notice.class));
        notices.accept(parked(1));
        assertThat(notices.stop(Duration.ZERO)).isFalse();
        notices.accept(parked(2));
        work();
        assertThat(told).isEmpty();
        assertThat(notices.stop(Duration.ZERO)).isTrue();
    }

    @Test
    void whereNoThreadIsToBeHadTheNextNoticeBringsWhatWaitsAlong() {
        boolean[] refuses = {true};
        Notices notices = new Notices(List.of(remembering("a", Notice.class)), 10, task -> {
            if (refuses[0]) {
                throw new IllegalStateException("no thread");
            }
            tasks.add(task);
        });
        notices.accept(parked(1));
        refuses[0] = false;
        notices.accept(parked(2));
        work();
        assertThat(told).containsExactly("a: 1", "a: 2");
    }

    @Test
    void aPoolThatHasEndedFailsNobody() {
        Notices notices = new Notices(List.of(remembering("a", Notice.class)), 10, task -> {
            throw new RejectedExecutionException();
        });
        notices.accept(parked(1));
        assertThat(notices.stop(Duration.ZERO)).isTrue();
        assertThat(told).isEmpty();
    }

    @Test
    void aQueueForNothingIsRefused() {
        assertThatThrownBy(() -> notices(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("got 0");
    }
}
