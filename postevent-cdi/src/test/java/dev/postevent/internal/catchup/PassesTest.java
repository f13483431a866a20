package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.DivergedSourceException;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When passes are made: pool and timer do what the test says. */
class PassesTest {
    private final Queue<Runnable> queued = new ArrayDeque<>();
    private final List<Long> timedMillis = new ArrayList<>();
    private final Queue<Runnable> timed = new ArrayDeque<>();
    /** What the pool does when it is given a task. */
    private Runnable pool = () -> {};

    private int made;
    private OptionalLong next = OptionalLong.empty();
    private @Nullable RuntimeException failure;
    private @Nullable Runnable meanwhile;

    private final Standstill standstill = new Standstill();
    private final ByHand timer = new ByHand();
    private final Passes passes = new Passes(
            new TopicName("orders"),
            this::pass,
            standstill,
            new Surroundings(new Pool(), timer, () -> 0, new Random(1)));

    @AfterEach
    void end() {
        timer.shutdownNow();
    }

    private OptionalLong pass() {
        made++;
        Runnable once = meanwhile;
        meanwhile = null;
        if (once != null) {
            once.run();
        }
        RuntimeException thrown = failure;
        if (thrown != null) {
            throw thrown;
        }
        return next;
    }

    private void runAll() {
        Runnable task;
        while ((task = queued.poll()) != null) {
            task.run();
        }
    }

    private final class Pool extends AbstractExecutorService {
        @Override
        public void execute(Runnable task) {
            pool.run();
            queued.add(task);
        }

        @Override
        public void shutdown() {
            queued.clear();
        }

        @Override
        public List<Runnable> shutdownNow() {
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return false;
        }

        @Override
        public boolean isTerminated() {
            return false;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return true;
        }
    }

    private final class ByHand extends ScheduledThreadPoolExecutor {
        ByHand() {
            super(0);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            timed.add(task);
            timedMillis.add(unit.toMillis(delay));
            return super.schedule(() -> {}, 1, TimeUnit.HOURS);
        }
    }

    @Test
    void whatIsAskedForDuringAPassIsOneMorePass() {
        passes.request();
        passes.request();
        assertThat(queued).as("the one that is queued is enough").hasSize(1);
        meanwhile = () -> {
            passes.request();
            passes.doubt();
            assertThat(queued).as("one at a time").isEmpty();
        };
        runAll();
        assertThat(made).isEqualTo(2);
    }

    @Test
    void aPassThatFailsIsMadeAgainAfterWaitsThatGrow() {
        failure = new IllegalStateException("away");
        passes.request();
        for (int failures = 1; failures <= 4; failures++) {
            runAll();
            assertThat(timed).hasSize(1);
            timed.remove().run();
        }
        assertThat(passes.trouble()).isEqualTo("away");
        assertThat(timedMillis).isSorted();

        failure = null;
        runAll();
        assertThat(made).isEqualTo(5);
        assertThat(passes.trouble()).isNull();
        assertThat(timed).as("there is nothing to be made again").isEmpty();
    }

    @Test
    void whatIsAskedForDuringAPassThatFailsWaitsForTheNextTry() {
        failure = new IllegalStateException("away");
        meanwhile = passes::request;
        passes.request();
        runAll();
        assertThat(made).isEqualTo(1);
        assertThat(timed).hasSize(1);
    }

    @Test
    void aPassThatLeavesAGapOpenSaysWhenTheNextIsMade() {
        next = OptionalLong.of(TimeUnit.MILLISECONDS.toNanos(7));
        passes.request();
        runAll();
        assertThat(timedMillis).containsExactly(7L);
        next = OptionalLong.empty();
        timed.remove().run();
        runAll();
        assertThat(made).isEqualTo(2);
        assertThat(timed).isEmpty();
    }

    @Test
    void aPassForWhichThereIsNoThreadIsMadeLater() {
        pool = () -> {
            throw new OutOfMemoryError("unable to create native thread");
        };
        passes.request();
        assertThat(queued).isEmpty();
        pool = () -> {};
        timed.remove().run();
        runAll();
        assertThat(made).isEqualTo(1);
    }

    @Test
    void aPoolThatTakesNothingMoreIsNotAskedAgain() {
        pool = () -> {
            throw new RejectedExecutionException();
        };
        passes.request();
        assertThat(timed).isEmpty();
    }

    @Test
    void nothingBeginsAfterTheStop() {
        passes.start(Duration.ofHours(1));
        runAll();
        passes.stop();
        passes.request();
        passes.start(Duration.ofHours(1));
        runAll();
        assertThat(made).isEqualTo(1);
    }

    @Test
    void aPassThatIsUnderWayAtTheStopIsTheLast() {
        meanwhile = () -> {
            passes.request();
            passes.stop();
        };
        passes.request();
        runAll();
        assertThat(made).isEqualTo(1);
    }

    @Test
    void nothingBeginsOnceTheSourceHasDiverged() {
        failure = new DivergedSourceException("another one");
        passes.request();
        runAll();
        passes.doubt();
        runAll();
        assertThat(made).isEqualTo(1);
        assertThat(timed).isEmpty();
        assertThat(standstill.fault()).contains("another one");
    }

    @Test
    void doubtsAreAnsweredByACheckThatBeganAfterThem() {
        long before = passes.unanswered().orElseThrow();
        passes.countDoubt();
        passes.answered(before);
        assertThat(passes.unanswered()).hasValue(before + 1);
        passes.answered(before + 1);
        assertThat(passes.unanswered()).isEmpty();
        passes.answered(before);
        assertThat(passes.unanswered())
                .as("an answer that comes late takes none back")
                .isEmpty();
        assertThat(passes.doubts()).isEqualTo(before + 1);
    }
}
