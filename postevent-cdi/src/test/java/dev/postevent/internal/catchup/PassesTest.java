package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.DivergedSourceException;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When passes are made: pool and timer do what the test says. */
class PassesTest {
    private final TasksByHand pool = new TasksByHand();

    private int made;
    private OptionalLong next = OptionalLong.empty();
    private @Nullable RuntimeException failure;
    private @Nullable Runnable meanwhile;

    private final Standstill standstill = new Standstill();
    private final TimerByHand timer = new TimerByHand();
    private final Passes passes = new Passes(
            new TopicName("orders"),
            this::pass,
            standstill,
            new Surroundings(pool, timer, () -> 0, new Random(1), notice -> {}));

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

    @Test
    void whatIsAskedForDuringAPassIsOneMorePass() {
        passes.request();
        passes.request();
        assertThat(pool.queued).as("the one that is queued is enough").hasSize(1);
        meanwhile = () -> {
            passes.request();
            passes.doubt();
            assertThat(pool.queued).as("one at a time").isEmpty();
        };
        pool.runAll();
        assertThat(made).isEqualTo(2);
    }

    @Test
    void aPassThatFailsIsMadeAgainAfterWaitsThatGrow() {
        failure = new IllegalStateException("away");
        passes.request();
        for (int failures = 1; failures <= 4; failures++) {
            pool.runAll();
            assertThat(timer.later).hasSize(1);
            timer.later.remove().run();
        }
        assertThat(passes.trouble()).isEqualTo("away");
        assertThat(timer.millis).isSorted();

        failure = null;
        pool.runAll();
        assertThat(made).isEqualTo(5);
        assertThat(passes.trouble()).isNull();
        assertThat(timer.later).as("there is nothing to be made again").isEmpty();
    }

    @Test
    void whatIsAskedForDuringAPassThatFailsWaitsForTheNextTry() {
        failure = new IllegalStateException("away");
        meanwhile = passes::request;
        passes.request();
        pool.runAll();
        assertThat(made).isEqualTo(1);
        assertThat(timer.later).hasSize(1);
    }

    @Test
    void aPassThatLeavesAGapOpenSaysWhenTheNextIsMade() {
        next = OptionalLong.of(TimeUnit.MILLISECONDS.toNanos(7));
        passes.request();
        pool.runAll();
        assertThat(timer.millis).containsExactly(7L);
        next = OptionalLong.empty();
        timer.later.remove().run();
        pool.runAll();
        assertThat(made).isEqualTo(2);
        assertThat(timer.later).isEmpty();
    }

    @Test
    void aPassForWhichThereIsNoThreadIsMadeLater() {
        pool.before = () -> {
            throw new OutOfMemoryError("unable to create native thread");
        };
        passes.request();
        assertThat(pool.queued).isEmpty();
        pool.before = () -> {};
        timer.later.remove().run();
        pool.runAll();
        assertThat(made).isEqualTo(1);
    }

    @Test
    void aPoolThatTakesNothingMoreIsNotAskedAgain() {
        pool.before = () -> {
            throw new RejectedExecutionException();
        };
        passes.request();
        assertThat(timer.later).isEmpty();
    }

    @Test
    void nothingBeginsAfterTheStop() {
        passes.start(Duration.ofHours(1));
        pool.runAll();
        passes.stop();
        passes.request();
        passes.start(Duration.ofHours(1));
        pool.runAll();
        assertThat(made).isEqualTo(1);
    }

    @Test
    void aPassThatIsUnderWayAtTheStopIsTheLast() {
        meanwhile = () -> {
            passes.request();
            passes.stop();
        };
        passes.request();
        pool.runAll();
        assertThat(made).isEqualTo(1);
    }

    @Test
    void nothingBeginsOnceTheSourceHasDiverged() {
        failure = new DivergedSourceException("another one");
        passes.request();
        pool.runAll();
        passes.doubt();
        pool.runAll();
        assertThat(made).isEqualTo(1);
        assertThat(timer.later).isEmpty();
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
