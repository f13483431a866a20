package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.processor.SubscriptionSpec.OnFailure;
import dev.postevent.spi.LogEntry;
import dev.postevent.testing.build.Seeded;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Seeded
class LaneTest {
    private static final Failed FAILED = Failed.of(new IllegalStateException("fails"));

    private static LogEntry event(long position, String subject) {
        return LogEntry.at(position)
                .id("e" + position)
                .source("urn:test")
                .type("t")
                .subject(subject)
                .build();
    }

    private static Lane lane(int batchMax) {
        return new Lane(0, 0, batchMax, OnFailure.HOLD, LaneStore.Calls.NONE);
    }

    private static LaneStore.Calls careful(int events, long through) {
        return new LaneStore.Calls(Set.of(), 0, events, through);
    }

    private static List<Long> positions(LaneWork work) {
        assertThat(work).isInstanceOf(LaneWork.Batch.class);
        return ((LaneWork.Batch) work)
                .entries().stream().map(LogEntry::position).toList();
    }

    @Test
    void handsOutWhatIsQueuedUpToTheLimit() {
        Lane lane = lane(2);
        for (long position = 1; position <= 3; position++) {
            lane.offer(event(position, "a"));
        }
        assertThat(positions(lane.next(0))).containsExactly(1L, 2L);
        lane.done(2);
        assertThat(positions(lane.next(0))).containsExactly(3L);
        lane.done(3);
        assertThat(lane.next(0)).isEqualTo(new LaneWork.Wait(Due.never()));
        assertThat(lane.queuedBytes()).isZero();
    }

    @Test
    void aClockMayBeginBelowZero() {
        Lane lane = lane(2);
        lane.offer(event(1, "a"));
        assertThat(positions(lane.next(Long.MIN_VALUE / 1_000_000))).containsExactly(1L);
    }

    @Test
    void takesNoEntryTwice() {
        Lane lane = lane(10);
        assertThat(lane.offer(event(1, "a"))).isTrue();
        assertThat(lane.offer(event(1, "a"))).isFalse();
        lane.done(1);
        assertThat(lane.offer(event(1, "a"))).isFalse();
    }

    @Test
    void cutsTheBatchBeforeTheFailingEventAndHoldsIt() {
        Lane lane = lane(10);
        for (long position = 1; position <= 4; position++) {
            lane.offer(event(position, "s" + position));
        }
        lane.failedAt(3, 1, FAILED);
        assertThat(positions(lane.next(0))).containsExactly(1L, 2L);
        lane.done(2);
        assertThat(lane.next(0)).isInstanceOfSatisfying(LaneWork.HoldFailed.class, hold -> {
            assertThat(hold.entry().position()).isEqualTo(3);
            assertThat(hold.attempts()).isEqualTo(1);
            assertThat(hold.failed()).isSameAs(FAILED);
        });
        lane.holds(event(3, "s3"), Due.at(100));
        lane.done(3);
        assertThat(positions(lane.next(0))).containsExactly(4L);
        lane.done(4);
        assertThat(lane.next(0)).isEqualTo(new LaneWork.Wait(Due.at(100)));
        assertThat(lane.next(100)).isInstanceOf(LaneWork.Retry.class);
    }

    @Test
    void whatNeedsNoPlaceGoesOnWhereMoreIsHeldThanMayBe() {
        Lane lane = lane(10);
        lane.offer(event(1, "held"));
        lane.failedAt(1, 1, FAILED);
        assertThat(lane.next(0)).isInstanceOf(LaneWork.Hold.class);
        lane.holds(event(1, "held"), Due.at(100));
        lane.done(1);
        lane.offer(event(2, "free"));
        lane.offer(event(3, "other"));
        lane.offer(event(4, "held"));
        assertThat(positions(lane.next(0, -1, 1, entry -> true))).containsExactly(2L, 3L);
        lane.done(3);
        assertThat(lane.next(0, -1, 1, entry -> true)).isInstanceOf(LaneWork.Full.class);
    }

    @Test
    void whatIsTransientPutsItsSubjectAsideAndIsNoAttempt() {
        Lane lane = lane(10);
        for (long position = 1; position <= 4; position++) {
            lane.offer(event(position, position == 4 ? "s2" : "s" + position));
        }
        assertThat(lane.transientFailureAt(2, 100, FAILED)).isFalse();
        assertThat(positions(lane.next(0))).containsExactly(1L);
        lane.done(1);
        assertThat(lane.next(0))
                .isInstanceOfSatisfying(
                        LaneWork.HoldTransient.class,
                        hold -> assertThat(hold.entry().position()).isEqualTo(2));
        lane.holdsTransient(event(2, "s2"), Due.at(100));
        lane.done(2);
        assertThat(positions(lane.next(0))).containsExactly(3L, 4L);
        assertThat(lane.isHeld(event(4, "s2"))).isTrue();
    }

    @Test
    void whatIsTransientWaitsInItsLaneWhereNoMoreMayBeHeld() {
        Lane lane = lane(10);
        lane.offer(event(1, "a"));
        for (int i = 0; i < HeldEvent.TRANSIENT_MAX; i++) {
            assertThat(lane.transientFailureAt(1, 100, FAILED)).isFalse();
            assertThat(lane.next(0, 0, 1, entry -> true)).isEqualTo(new LaneWork.Wait(Due.at(100)));
            assertThat(positions(lane.next(100, 0, 1, entry -> true))).containsExactly(1L);
        }
        assertThat(lane.transientFailureAt(1, 100, FAILED)).isTrue();
    }

    @Test
    void repeatsABatchThatCouldNotBeCommittedOneByOne() {
        Lane lane = lane(10);
        for (long position = 1; position <= 3; position++) {
            lane.offer(event(position, null));
        }
        lane.failedSomewhere(2);
        assertThat(positions(lane.next(0))).containsExactly(1L);
        lane.done(1);
        assertThat(positions(lane.next(0))).containsExactly(2L);
        lane.done(2);
        assertThat(positions(lane.next(0))).containsExactly(3L);
    }

    @Test
    void keepsTheOrderBehindAHeldEvent() {
        Lane lane = lane(10);
        lane.holds(event(1, "a"), Due.at(50));
        assertThat(lane.isHeld(event(2, "a"))).isTrue();
        assertThat(lane.isHeld(event(3, "b"))).isFalse();
        lane.holds(event(2, "a"), Due.never());
        LaneWork.Retry first = (LaneWork.Retry) lane.next(50);
        assertThat(first.held().position).isEqualTo(1);
        lane.heldDone(first.held(), 60);
        LaneWork.Retry second = (LaneWork.Retry) lane.next(60);
        assertThat(second.held().position).isEqualTo(2);
        lane.heldDone(second.held(), 60);
        assertThat(lane.isHeld(event(4, "a"))).isFalse();
        assertThat(lane.heldCount()).isZero();
    }

    @Test
    void aParkedEventHoldsItsSubjectForEver() {
        Lane lane = lane(10);
        lane.holds(event(1, "a"), Due.at(10));
        lane.holds(event(2, "a"), Due.never());
        lane.heldFailed(((LaneWork.Retry) lane.next(10)).held(), Due.never());
        assertThat(lane.next(1_000_000)).isEqualTo(new LaneWork.Wait(Due.never()));
        assertThat(lane.isHeld(event(3, "a"))).isTrue();
    }

    @Test
    void eventsWithoutSubjectHoldNobody() {
        Lane lane = lane(10);
        lane.holds(event(1, null), Due.at(10));
        assertThat(lane.isHeld(event(2, null))).isFalse();
    }

    @Test
    void blocksTheLaneIfToldSo() {
        Lane lane = new Lane(0, 0, 10, OnFailure.BLOCK, LaneStore.Calls.NONE);
        lane.offer(event(2, "b"));
        lane.holds(event(1, "a"), Due.at(10));
        assertThat(lane.next(0)).isEqualTo(new LaneWork.Wait(Due.at(10)));
        lane.heldDone(((LaneWork.Retry) lane.next(10)).held(), 10);
        assertThat(positions(lane.next(10))).containsExactly(2L);
    }

    @Test
    void heldWorkAndTheQueueTakeTurns() {
        Lane lane = lane(1);
        lane.holds(event(1, "a"), Due.at(0));
        lane.offer(event(2, "b"));
        lane.offer(event(3, "c"));
        LaneWork.Retry retry = (LaneWork.Retry) lane.next(0);
        lane.heldFailed(retry.held(), Due.at(0));
        assertThat(positions(lane.next(0))).containsExactly(2L);
        lane.done(2);
        assertThat(lane.next(0)).isInstanceOf(LaneWork.Retry.class);
    }

    /** Retries that take 30 s each, as a batch does 500 ms: each of these waited for one of those. */
    @Test
    void afterARetryTheQueueHasAsMuchOfTheTime() {
        Lane lane = lane(1);
        lane.holds(event(1, "a"), Due.at(0));
        for (long position = 2; position <= 200; position++) {
            lane.offer(event(position, "b"));
        }
        long position = 2;
        for (int retries = 0; retries < 3; retries++) {
            retries(lane, 30_000);
            for (int batches = 0; batches < 60; batches++) {
                batch(lane, position++, 500);
            }
        }
        // and no more than a minute, nor without end where a batch takes no time that can be measured
        retries(lane, 600_000);
        batch(lane, position++, 59_999);
        batch(lane, position++, 700_000);
        retries(lane, 2);
        batch(lane, position++, 0);
        batch(lane, position++, 0);
        retries(lane, 0);
        batch(lane, position++, 0);
        retries(lane, 0);
    }

    @Test
    void howLongARetryWaitedForOthersOfItsLaneIsKnown() {
        Lane lane = lane(10);
        lane.holds(event(1, "a"), Due.at(0));
        lane.holds(event(2, "b"), Due.at(20_000));
        lane.holds(event(3, "c"), Due.at(20_001));
        // due since 0, and nobody was there
        assertThat(queued(lane, 100, 1, 40_100)).isZero();
        assertThat(queued(lane, 30_100, 2, 40_200)).isEqualTo(10_100);
        // paused, in doubt, or without a lease in between
        lane.interrupted();
        assertThat(queued(lane, 40_000, 3, 90_000)).isZero();
        assertThat(queued(lane, 40_150, 1, 90_000)).isEqualTo(50);
        // with nothing to do in between
        assertThat(lane.next(40_160)).isEqualTo(new LaneWork.Wait(Due.at(40_200)));
        assertThat(queued(lane, 80_000, 2, 90_000)).isZero();
    }

    private static long queued(Lane lane, long now, long position, long dueAt) {
        LaneWork.Retry retry = (LaneWork.Retry) lane.next(now);
        assertThat(retry.position()).isEqualTo(position);
        lane.heldFailed(retry.held(), Due.at(dueAt));
        return retry.queuedMillis();
    }

    private static void retries(Lane lane, long millis) {
        LaneWork work = lane.next(0);
        assertThat(work).isInstanceOf(LaneWork.Retry.class);
        lane.took(work, millis);
        lane.heldFailed(((LaneWork.Retry) work).held(), Due.at(0));
    }

    private static void batch(Lane lane, long position, long millis) {
        LaneWork work = lane.next(0);
        assertThat(positions(work)).containsExactly(position);
        lane.took(work, millis);
        lane.done(position);
    }

    @Test
    void isCarefulForAsManyEventsAsMayHaveBeenUnderWay() {
        Lane lane = new Lane(0, 0, 10, OnFailure.HOLD, careful(2, 4));
        for (long position = 1; position <= 4; position++) {
            lane.offer(event(position, "a"));
        }
        assertThat(lane.next(0)).isInstanceOf(LaneWork.Careful.class);
        lane.done(1);
        assertThat(lane.next(0)).isInstanceOf(LaneWork.Careful.class);
        lane.done(2);
        assertThat(positions(lane.next(0))).containsExactly(3L, 4L);
    }

    @Test
    void isNotCarefulWithWhatCameLater() {
        Lane lane = new Lane(0, 0, 10, OnFailure.HOLD, careful(10, 1));
        for (long position = 1; position <= 3; position++) {
            lane.offer(event(position, "a"));
        }
        assertThat(lane.wasCalled(event(1, "a"))).isTrue();
        assertThat(lane.wasCalled(event(2, "a"))).isFalse();
        assertThat(lane.next(0)).isInstanceOf(LaneWork.Careful.class);
        assertThat(new Lane(0, 0, 10, OnFailure.HOLD, lane.calls()).wasCalled(event(1, "a")))
                .isTrue();
        lane.done(1);
        assertThat(positions(lane.next(0))).containsExactly(2L, 3L);
    }

    @Test
    void knowsForWhichEventsTheObserverWasCalledInVain() {
        Lane lane = lane(10);
        for (long position = 1; position <= 5; position++) {
            lane.offer(event(position, "s" + position));
        }
        lane.called(List.of(1L, 3L, 4L));
        assertThat(lane.wasCalled(event(2, "s2"))).isFalse();
        assertThat(lane.wasCalled(event(3, "s3"))).isTrue();
        lane.done(3);
        Lane next = new Lane(0, 3, 10, OnFailure.HOLD, lane.calls());
        assertThat(next.wasCalled(event(4, "s4"))).isTrue();
        assertThat(next.wasCalled(event(5, "s5"))).isFalse();
    }

    @Test
    void whatADatabaseLostWasCalled() {
        Lane lane = lane(10);
        for (long position = 1; position <= 5; position++) {
            lane.offer(event(position, "s" + position));
        }
        lane.done(4);
        lane.startOver(new LaneStore.Claim(0, 1, 2, 0, 7));
        lane.reloadHeld(List.of(new HeldEvents.Loaded(1, "s1", Due.at(0))));
        assertThat(lane.wasCalled(event(4, "s4"))).isTrue();
        assertThat(lane.wasCalled(event(5, "s5"))).isFalse();
        assertThat(((LaneWork.Retry) lane.next(0)).held().wasCalled()).isTrue();
    }

    @Test
    void whatIsDueIsNotPutOffByWhatIsRead() {
        Lane lane = lane(10);
        lane.reloadHeld(
                List.of(new HeldEvents.Loaded(1, "s1", Due.at(100)), new HeldEvents.Loaded(2, "s2", Due.never())));
        lane.reloadHeld(
                List.of(new HeldEvents.Loaded(1, "s1", Due.at(3_700)), new HeldEvents.Loaded(2, "s2", Due.at(300))));
        assertThat(lane.next(99)).isEqualTo(new LaneWork.Wait(Due.at(100)));
        assertThat(((LaneWork.Retry) lane.next(100)).position()).isEqualTo(1);
        lane.reloadHeld(
                List.of(new HeldEvents.Loaded(1, "s1", Due.never()), new HeldEvents.Loaded(2, "s2", Due.at(200))));
        assertThat(lane.next(100)).isEqualTo(new LaneWork.Wait(Due.at(200)));
    }

    @Test
    void whoIsBlamedInABatchThatCannotBeCommittedIsNotBlamedAnyMore() {
        Lane lane = lane(10);
        for (long position = 1; position <= 3; position++) {
            lane.offer(event(position, "s" + position));
        }
        lane.failedAt(3, 1, FAILED);
        assertThat(positions(lane.next(0))).containsExactly(1L, 2L);
        lane.failedSomewhere(2);
        lane.done(1);
        lane.done(2);
        assertThat(positions(lane.next(0))).containsExactly(3L);
    }

    @Test
    void whatPassesIsTriedAgainLaterAndCountsOnlyAfterManyTimes() {
        Lane lane = lane(10);
        lane.offer(event(1, "a"));
        for (int i = 0; i < HeldEvent.TRANSIENT_MAX; i++) {
            assertThat(lane.transientFailure(1, 100)).isFalse();
        }
        assertThat(lane.next(99)).isEqualTo(new LaneWork.Wait(Due.at(100)));
        assertThat(positions(lane.next(100))).containsExactly(1L);
        assertThat(lane.transientFailure(1, 200)).isTrue();
    }

    /** Random failures, transients, operators and restarts against a table of held events: the effects keep order and number. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34})
    void everyEventTakesEffectOnceAndInOrderPerSubject(long seed) {
        for (int run = 0; run < 100; run++) {
            new World(seed * 1_000 + run).play();
        }
    }

    /** What the database would hold. */
    private static final class World {
        private final long seed;
        private final Random random;
        private final List<LogEntry> log = new ArrayList<>();
        private final TreeMap<Long, Due> held = new TreeMap<>();
        private final Map<String, List<Long>> effects = new HashMap<>();
        private final Set<Long> skipped = new HashSet<>();
        private long cursor;
        private long now;
        private Lane lane;

        World(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            for (long position = 1; position <= 60; position++) {
                log.add(event(position, random.nextInt(6) == 0 ? null : "s" + random.nextInt(4)));
            }
            restart();
        }

        private void restart() {
            lane = new Lane(
                    0,
                    cursor,
                    1 + random.nextInt(8),
                    OnFailure.HOLD,
                    careful(random.nextBoolean() ? 3 : 0, random.nextInt(60)));
            List<HeldEvents.Loaded> rows = new ArrayList<>();
            held.forEach((position, due) -> rows.add(new HeldEvents.Loaded(
                    position, log.get((int) (position - 1)).subject(), due)));
            lane.reloadHeld(rows);
            for (LogEntry entry : log) {
                lane.offer(entry);
            }
        }

        void play() {
            for (int step = 0; step < 3_000; step++) {
                now++;
                boolean faults = step < 1_500;
                if (faults && random.nextInt(60) == 0) {
                    restart();
                } else if (random.nextInt(20) == 0) {
                    operate();
                } else {
                    work(faults);
                }
            }
            for (LogEntry entry : log) {
                if (!skipped.contains(entry.position())) {
                    assertThat(effects.getOrDefault(key(entry), List.of()))
                            .as("seed %d", seed)
                            .contains(entry.position());
                }
            }
            effects.forEach((key, positions) -> assertThat(positions)
                    .as("seed %d, subject %s", seed, key)
                    .isSorted()
                    .doesNotHaveDuplicates());
        }

        private static String key(LogEntry entry) {
            return entry.subject() == null ? "#" + entry.position() : entry.subject();
        }

        /** An operator retries what is parked. */
        private void operate() {
            held.replaceAll((position, due) -> due instanceof Due.Never && isHead(position) ? Due.at(now) : due);
            List<HeldEvents.Loaded> rows = new ArrayList<>();
            held.forEach((position, due) -> rows.add(new HeldEvents.Loaded(
                    position, log.get((int) (position - 1)).subject(), due)));
            lane.reloadHeld(rows);
        }

        private boolean isHead(long position) {
            String key = key(log.get((int) (position - 1)));
            return held.headMap(position).keySet().stream()
                    .noneMatch(earlier -> key(log.get((int) (earlier - 1))).equals(key));
        }

        private void work(boolean faults) {
            LaneWork work = lane.next(now);
            if (work instanceof LaneWork.Wait) {
                return;
            }
            if (work instanceof LaneWork.Batch batch) {
                transaction(batch.entries(), faults);
            } else if (work instanceof LaneWork.Careful careful) {
                transaction(careful.batch().entries(), faults);
            } else if (work instanceof LaneWork.Hold hold) {
                Due due = random.nextInt(5) == 0 ? Due.never() : Due.at(now + 1 + random.nextInt(20));
                held.put(hold.entry().position(), due);
                cursor = hold.entry().position();
                lane.holds(hold.entry(), due);
                lane.done(cursor);
            } else if (work instanceof LaneWork.Retry retry) {
                if (faults && random.nextInt(3) > 0) {
                    Due due = random.nextInt(5) == 0 ? Due.never() : Due.at(now + 1 + random.nextInt(20));
                    held.put(retry.held().position, due);
                    lane.heldFailed(retry.held(), due);
                } else {
                    held.remove(retry.held().position);
                    LogEntry entry = log.get((int) (retry.held().position - 1));
                    effects.computeIfAbsent(key(entry), key -> new ArrayList<>())
                            .add(entry.position());
                    lane.heldDone(retry.held(), now);
                }
            }
        }

        private void transaction(List<LogEntry> entries, boolean faults) {
            long last = entries.get(entries.size() - 1).position();
            assertThat(entries.get(0).position()).as("seed %d", seed).isGreaterThan(cursor);
            List<LogEntry> calls =
                    entries.stream().filter(entry -> !lane.isHeld(entry)).toList();
            int luck = faults ? random.nextInt(12) : 11;
            if (luck == 0 && !calls.isEmpty()) {
                lane.failedAt(calls.get(random.nextInt(calls.size())).position(), 1, FAILED);
            } else if (luck == 1 && calls.size() > 1) {
                lane.failedSomewhere(last);
            } else if (luck == 2) {
                lane.transientFailure(last, now + random.nextInt(5));
            } else {
                for (LogEntry entry : entries) {
                    if (lane.isHeld(entry)) {
                        held.put(entry.position(), Due.never());
                    }
                }
                calls.forEach(entry -> effects.computeIfAbsent(key(entry), key -> new ArrayList<>())
                        .add(entry.position()));
                for (LogEntry entry : entries) {
                    if (held.containsKey(entry.position())) {
                        lane.holds(entry, Due.never());
                    }
                }
                cursor = last;
                lane.done(last);
            }
        }
    }
}
