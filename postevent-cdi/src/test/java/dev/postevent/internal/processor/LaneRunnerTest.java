package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.processor.SubscriptionSpec.OnFailure;
import dev.postevent.spi.LogEntry;
import dev.postevent.testing.LogLines;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ScheduledExecutorService;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

/** What becomes of a held event that fails, and what is said of it. */
class LaneRunnerTest {
    private static final Duration WAIT = Duration.ofMinutes(1);

    private final Lane lane = new Lane(0, 0, 1, OnFailure.HOLD, LaneStore.Calls.NONE);
    /** What the store answers to the end of an attempt: written, or not; lost: nothing. */
    private final Deque<String> answers = new ArrayDeque<>();

    private final List<String> told = new ArrayList<>();
    private LaneStore.Held stored = new LaneStore.Held(1, 0, true, Duration.ZERO);
    private Duration took = Duration.ZERO;
    private long now;

    private static LogEntry event(long position) {
        return LogEntry.at(position)
                .id("e" + position)
                .source("urn:test")
                .type("t")
                .subject("s" + position)
                .build();
    }

    private LaneRunner runner(GiveUp giveUp) {
        SubscriptionSpec.Handler handler = new SubscriptionSpec.Handler() {
            @Override
            public boolean wants(LogEntry event) {
                return true;
            }

            @Override
            public void handle(LogEntry event, int attempt, boolean again, boolean last) {
                told.add(attempt + (last ? " last" : ""));
                now += took.toNanos();
                throw new IllegalStateException("the mail server is away");
            }
        };
        SubscriptionSpec spec = new SpecBuilder("mails", handler)
                .lanes(1)
                .concurrency(1)
                .batchMax(1)
                .giveUp(giveUp)
                .backoff(WAIT)
                .build();
        NodeClock clock = new NodeClock(() -> now);
        return new LaneRunner(
                spec,
                new Ports(proxy(LaneStore.class), proxy(EntrySource.class), topic -> 0, notice -> {}),
                new HandlerTransactions(
                        spec,
                        new Transactions(LaneMoveTest.transactions(), LaneMoveTest.registry()),
                        new CallsUnderWay(spec, clock)),
                new OwnedLanes(),
                new Surroundings(
                        proxy(ExecutorService.class),
                        proxy(ExecutorService.class),
                        proxy(ScheduledExecutorService.class),
                        clock,
                        new Random(1)));
    }

    private <T> T proxy(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(), new Class<?>[] {type}, (self, method, values) -> {
                    switch (method.getName()) {
                        case "tryingHeld":
                            return Optional.of(stored);
                        case "reachable":
                            return true;
                        case "readAt":
                            return List.of(event(1));
                        case "attemptFailed":
                            String answer = answers.remove();
                            if (answer.equals("lost")) {
                                throw new SQLException("the connection is gone", "08006");
                            }
                            return answer.equals("written");
                        default:
                            throw new UnsupportedOperationException(method.getName());
                    }
                }));
    }

    private LaneWork next() {
        return lane.next(now / 1_000_000);
    }

    private void held(long dueAt) {
        lane.reloadHeld(List.of(new HeldEvents.Loaded(1, "s1", Due.at(dueAt))));
    }

    private void runs(LaneRunner runner) throws Exception {
        runner.run(new OwnedLane(lane, 1), (LaneWork.OfEvents) next());
    }

    private void answerIsLost(LaneRunner runner) {
        answers.add("lost");
        assertThatThrownBy(() -> runs(runner)).hasMessageContaining("the connection is gone");
    }

    @Test
    void whatIsParkedIsInTheLogOnceThoughTheAnswerToThatWasLost() {
        try (LogLines errors = new LogLines("dev.postevent.processor", Level.SEVERE)) {
            held(0);
            LaneRunner runner = runner(new GiveUp(2, null));
            answerIsLost(runner);
            answers.add("was written");
            assertThatThrownBy(() -> runs(runner)).isInstanceOf(LaneLostException.class);
            assertThat(errors.with("position 1: parked after attempt 2")).hasSize(1);
            assertThat(told).containsExactly("2 last");
        }
    }

    @Test
    void whatALaterOwnerHasToSayIsNotSaidHere() {
        try (LogLines errors = new LogLines("dev.postevent.processor", Level.SEVERE)) {
            held(0);
            answers.add("not ours");
            assertThatThrownBy(() -> runs(runner(new GiveUp(2, null)))).isInstanceOf(LaneLostException.class);
            assertThat(errors.with("parked")).isEmpty();
        }
    }

    @Test
    void theTenthFailureIsAnErrorThoughTheTenthAttemptWasLost() throws Exception {
        try (LogLines errors = new LogLines("dev.postevent.processor", Level.SEVERE)) {
            LaneRunner runner = runner(new GiveUp(GiveUp.UNLIMITED, null));
            for (int attempts : List.of(8, 10, 11, 12)) {
                held(0);
                now += WAIT.toNanos();
                stored = new LaneStore.Held(attempts, 1, true, Duration.ZERO);
                answers.add("written");
                runs(runner);
            }
            assertThat(told).containsExactly("9", "11", "12", "13");
            assertThat(errors.with("position 1: attempt "))
                    .singleElement()
                    .asString()
                    .contains("attempt 11 failed");
            // an operator's retry
            for (int attempts : List.of(0, 9)) {
                held(0);
                now += WAIT.toNanos();
                stored = new LaneStore.Held(attempts, 0, true, Duration.ZERO);
                answers.add("written");
                runs(runner);
            }
            assertThat(errors.with("position 1: attempt "))
                    .hasSize(2)
                    .last()
                    .asString()
                    .contains("attempt 10 failed");
        }
    }

    @Test
    void aWaitIsKeptThoughTheAnswerThatItBeginsWasLost() throws Exception {
        held(0);
        LaneRunner runner = runner(new GiveUp(GiveUp.UNLIMITED, null));
        answerIsLost(runner);
        long dueAt = WAIT.toMillis();
        held(dueAt);
        assertThat(next()).isEqualTo(new LaneWork.Wait(Due.at(dueAt)));
        now = WAIT.toNanos();
        answers.add("was written");
        assertThatThrownBy(() -> runs(runner)).isInstanceOf(LaneLostException.class);
        held(dueAt);
        stored = new LaneStore.Held(2, 0, true, WAIT);
        answers.add("written");
        runs(runner);
        assertThat(told).containsExactly("2", "3");
    }

    @Test
    void aWaitIsKeptThoughItsEndIsWrittenAgainBeforeAnybodyLooked() {
        held(0);
        LaneRunner runner = runner(new GiveUp(GiveUp.UNLIMITED, null));
        answerIsLost(runner);
        answers.add("was written");
        assertThatThrownBy(() -> runs(runner)).isInstanceOf(LaneLostException.class);
        held(WAIT.toMillis());
        assertThat(next()).isEqualTo(new LaneWork.Wait(Due.at(WAIT.toMillis())));
        assertThat(told).containsExactly("2");
    }

    @Test
    void whatWasNotWrittenIsWrittenAtOnce() throws Exception {
        held(0);
        LaneRunner runner = runner(new GiveUp(GiveUp.UNLIMITED, null));
        answerIsLost(runner);
        held(0);
        answers.add("written");
        runs(runner);
        assertThat(told).containsExactly("2");
        assertThat(next())
                .isInstanceOfSatisfying(
                        LaneWork.Wait.class,
                        wait -> assertThat(
                                        wait.until().noLaterThan(Long.MAX_VALUE).millis())
                                .isBetween(1L, WAIT.toMillis()));
    }

    @Test
    void afterARetryTheQueueHasTheLaneForAsLong() throws Exception {
        took = Duration.ofSeconds(30);
        held(0);
        lane.offer(event(2));
        lane.offer(event(3));
        answers.add("written");
        runs(runner(new GiveUp(GiveUp.UNLIMITED, null)));
        now += WAIT.toNanos();
        for (long position : new long[] {2, 3}) {
            assertThat(next()).isInstanceOf(LaneWork.Batch.class);
            lane.done(position);
        }
        assertThat(next()).isInstanceOf(LaneWork.Retry.class);
    }

    /** As after the bound was lowered while it waited, or where the last attempt was lost with its node. */
    @Test
    void whoHasHadMoreAttemptsThanAreAllowedHasOneMoreThatIsTheLast() throws Exception {
        held(0);
        stored = new LaneStore.Held(50, 2, true, Duration.ZERO);
        answers.add("written");
        runs(runner(new GiveUp(3, null)));
        assertThat(told).containsExactly("51 last");
        assertThat(next()).isEqualTo(new LaneWork.Wait(Due.never()));
    }
}
