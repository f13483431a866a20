package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.spi.LogEntry;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What the feed brings, what other nodes store, and what the inbox loses. */
class CatchUpTest extends CatchUpStage {
    @Test
    void aDoubtThatComesDuringAPassIsAnsweredByAnother() {
        publish(1, 3);
        catchUp.start();
        meanwhile = catchUp::doubt;
        runAll();
        assertThat(originsAsked).isEqualTo(2);
        catchUp.arrived(List.of(entry(4)));
        assertThat(originsAsked).as("there is no doubt left").isEqualTo(2);
    }

    @Test
    void whatFollowsIsTakenUnderAConditionAndNothingElseIs() {
        VisibilityCondition holds = new VisibilityCondition(List.of(), "tables", "tables");
        VisibilityCondition not = new VisibilityCondition(List.of(7L), "tables", "tables");
        publish(1, 3);
        catchUp.start();
        assertThat(catchUp.arrivedNext(List.of(entry(4)), holds)).as("in doubt").isFalse();
        runAll();
        told.clear();

        assertThat(catchUp.arrivedNext(List.of(entry(4)), not)).isFalse();
        assertThat(catchUp.arrivedNext(List.of(entry(5)), holds))
                .as("over a gap")
                .isFalse();
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(told).isEmpty();

        assertThat(catchUp.arrivedNext(List.of(entry(5), entry(4), entry(5)), holds))
                .isTrue();
        assertThat(inbox.mark).isEqualTo(5);
        assertThat(told).containsExactly("3 to 5");
        assertThat(read).isEmpty();

        catchUp.arrived(List.of(entry(8)));
        assertThat(catchUp.arrivedNext(List.of(entry(6), entry(7)), holds))
                .as("what came early is to be passed, too")
                .isFalse();
        catchUp.arrived(List.of(entry(6), entry(7)));
        assertThat(inbox.mark).isEqualTo(8);
    }

    @Test
    void anInboxThatHasLessIsFilledAgain() {
        publish(1, 10);
        catchUp.start();
        runAll();
        assertThat(inbox.mark).isEqualTo(10);
        inbox.loseAbove(6, 6);
        catchUp.follow();
        runAll();
        assertThat(told).containsExactly("0 to 0", "0 to 10", "back to 6", "6 to 10");
        assertThat(inbox.messages).hasSize(10);
    }

    @Test
    void otherNodesThatCannotBeFollowedForLackOfAThreadAreFollowedTheNextTime() {
        publish(1, 10);
        catchUp.start();
        runAll();
        inbox.loseAbove(6, 6);
        pool.before = () -> {
            pool.before = () -> {};
            throw new OutOfMemoryError("unable to create native thread");
        };
        catchUp.follow();
        assertThat(pool.queued).isEmpty();
        catchUp.follow();
        runAll();
        assertThat(inbox.mark).isEqualTo(10);
    }

    @Test
    void whatWasAboveTheMarkAndIsLostIsNotTakenForStored() {
        publish(1, 2);
        catchUp.start();
        runAll();
        catchUp.arrived(List.of(entry(5)));
        inbox.loseAbove(2, 2);
        publish(3, 5);
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> catchUp.arrived(List.of(entry(3), entry(4)))))
                .hasMessageContaining("PSTEV33004");
        runAll();
        assertThat(inbox.mark).isEqualTo(5);
        assertThat(inbox.messages).hasSize(5);
    }

    @Test
    void anotherStartOfTheServerMakesItBeginFromWhatIsStored() {
        publish(1, 10);
        catchUp.start();
        runAll();
        inbox.serverStart = 2;
        catchUp.follow();
        runAll();
        assertThat(told).containsExactly("0 to 0", "0 to 10", "back to 10");
        publish(11, 11);
        catchUp.arrived(List.of(entry(11)));
        assertThat(told).last().isEqualTo("10 to 11");
    }

    @Test
    void whatCameTooEarlyIsHandedOverFromMemoryWhenItIsItsTurn() {
        catchUp.start();
        runAll();
        catchUp.arrived(List.of(entry(3), entry(2)));
        catchUp.arrived(List.of(entry(6), entry(5)));
        catchUp.arrived(List.of(entry(1)));
        publish(1, 6);
        catchUp.doubt();
        runAll();
        assertThat(told).containsExactly("0 to 0", "0 to 3", "3 to 6");
        assertThat(read).isEmpty();
    }

    /** A catch-up whose time and timer are the test's. */
    private CatchUp timed(AtomicLong now, TimerByHand hand) {
        return new CatchUp(
                ORDERS,
                new Log(),
                new Memory(),
                new Told(),
                new CatchUpSettings(Duration.ofHours(1), 100, 1 << 20, Duration.ofHours(1), Duration.ofHours(1)),
                new Surroundings(pool, hand, now::get, new Random(1), notice -> {}));
    }

    private static void end(CatchUp one, TimerByHand hand) throws InterruptedException {
        one.stop();
        hand.shutdownNow();
        assertThat(hand.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    }

    /** How long a gap is waited for after another that {@code filler} ended after a second. */
    private long graceAfter(LogEntry filler) throws InterruptedException {
        AtomicLong now = new AtomicLong();
        TimerByHand hand = new TimerByHand();
        CatchUp one = timed(now, hand);
        try {
            one.arrived(List.of(entry(2)));
            now.addAndGet(TimeUnit.SECONDS.toNanos(1));
            one.arrived(List.of(filler));
            hand.later.remove().run(); // there is no gap any more
            one.arrived(List.of(entry(4)));
            return hand.millis.get(hand.millis.size() - 1);
        } finally {
            end(one, hand);
        }
    }

    /** How long a gap is waited for that opens 4 ms after a pass that took {@code millis}. */
    private long graceAfterPassOf(long millis) throws InterruptedException {
        AtomicLong now = new AtomicLong();
        TimerByHand hand = new TimerByHand();
        CatchUp one = timed(now, hand);
        try {
            meanwhile = () -> now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
            one.start();
            runAll();
            now.addAndGet(TimeUnit.MILLISECONDS.toNanos(4));
            one.arrived(List.of(entry(2)));
            return hand.millis.get(hand.millis.size() - 1);
        } finally {
            end(one, hand);
        }
    }

    @Test
    void afterAPassGapsWaitForThreeTimesWhatItTookWithinBounds() throws InterruptedException {
        long least = TimeUnit.NANOSECONDS.toMillis(Grace.LEAST_NANOS);
        assertThat(graceAfterPassOf(0)).isEqualTo(least);
        assertThat(graceAfterPassOf(10)).isEqualTo(30 - 4);
        assertThat(graceAfterPassOf(1_000)).isEqualTo(50 - 4);
    }

    @Test
    void aGapThatIsSealedIsNotTakenForOneThatFilled() throws InterruptedException {
        assertThat(graceAfter(entry(1))).isEqualTo(2_000);
        assertThat(graceAfter(voidAt(1))).isEqualTo(TimeUnit.NANOSECONDS.toMillis(Grace.LEAST_NANOS));
    }

    @Test
    void whatIsInTheInboxIsNotStoredAgain() {
        publish(1, 3);
        catchUp.start();
        runAll();
        catchUp.arrived(List.of(entry(1), entry(2), entry(3), entry(4)));
        catchUp.arrived(List.of(entry(6)));
        catchUp.arrived(List.of(entry(5)));
        assertThat(inbox.stored).isEqualTo(6);
        assertThat(inbox.mark).isEqualTo(6);
        catchUp.arrived(List.of(entry(4), entry(5), entry(6)));
        assertThat(inbox.stored).isEqualTo(6);
        assertThat(catchUp.status().fault()).isNull();
    }
}
