package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.NotFoundException;
import dev.postevent.NotHeldException;
import dev.postevent.ParkNowException;
import dev.postevent.PosteventException;
import dev.postevent.RetryLaterException;
import dev.postevent.Subscriptions;
import dev.postevent.Subscriptions.HeldEvent.State;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.LogLines;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import jakarta.transaction.UserTransaction;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

/** The processor on a real database and transaction manager. */
class ProcessorIT extends ProcessorStage {
    @Test
    void handlesHistoryAndThenWhatIsHandedOverInMemory() {
        store(3_000, 20);
        Node node = new Node("a", LONG).start(spec("all", 3, writing("all", failing((event, attempt, again) -> {}))));
        awaitEffects("all", 3_000);
        storeAndTell(node, 500, 20);
        awaitEffects("all", 3_500);
        assertOnceAndInOrder("all", 3_500);
        await().atMost(LONG).until(() -> status(node, "all").lag() == 0);
        assertThat(status(node, "all").handled()).isEqualTo(3_500);
        assertThat(node.processor.views().explain("all", TopicState.WELL).sentence())
                .contains("has handled everything there is, through position 3500");
    }

    @Test
    void aFailingEventHoldsItsSubjectOnlyAndIsParkedAfterTheLastAttempt() {
        Set<Integer> attempts = ConcurrentHashMap.newKeySet();
        Node node = new Node("a", LONG).start(spec("picky", 3, writing("picky", failing((event, attempt, again) -> {
            if (event.position() == 7) {
                attempts.add(attempt);
                throw new IllegalStateException("no sevens");
            }
        }))));
        storeAndTell(node, 100, 5);
        // subject s2 has 2, 7, 12, ..., 97: 7 and the 18 after it are held
        awaitEffects("picky", 81);
        await().atMost(LONG).until(() -> status(node, "picky").parked() == 1);
        assertThat(attempts).containsExactlyInAnyOrder(1, 2, 3);
        assertThat(effects("picky")).isEqualTo(81);
        assertThat(status(node, "picky").behind()).isEqualTo(18);
        List<Subscriptions.HeldEvent> held = node.processor.views().held("picky", 100);
        assertThat(held).hasSize(19);
        assertThat(held.get(0).state()).isEqualTo(State.PARKED);
        assertThat(held.get(0).position()).isEqualTo(7);
        assertThat(held.get(0).attempts()).isEqualTo(3);
        assertThat(held.get(0).cause().orElseThrow()).contains("no sevens");
        assertThat(held.get(1).state()).isEqualTo(State.BEHIND);
    }

    @Test
    void lanesThatBeginAgainAreOneLineInTheLog() {
        try (LogLines lines = new LogLines("dev.postevent.processor", Level.INFO)) {
            Node node = new Node("a", Duration.ofSeconds(1))
                    .start(spec("again", 1, writing("again", failing((event, attempt, again) -> {}))));
            storeAndTell(node, 80, 40);
            awaitEffects("again", 80);
            await().atMost(LONG).until(() -> status(node, "again").lag() == 0);
            // as a crash does that takes commits back
            db.execute("update postevent_inbox.lane set cursor = 0");
            awaitEffects("again", 160);
            await().atMost(LONG).until(() -> !lines.with("begin again").isEmpty());
            assertThat(lines.with("begin again"))
                    .singleElement()
                    .asString()
                    // how far a lane is without an event of its own is its affair
                    .matches(
                            ".*subscription again.* 0 at 0 \\(was at [1-9]\\d?\\), 1 at 0 .* 7 at 0 \\(was at [1-9]\\d?\\)");
        }
    }

    @Test
    void anObserverThatSaysNeverOrLaterIsHeard() {
        Node node = new Node("a", LONG).start(spec("knows", 3, writing("knows", failing((event, attempt, again) -> {
            if (event.position() == 7) {
                throw new IllegalStateException("as a container wraps it", new ParkNowException("no sevens, ever"));
            }
            if (event.position() == 8) {
                throw new RetryLaterException(
                        Duration.ofDays(3), "closed until Monday", new SQLException("busy", "40P01"));
            }
        }))));
        storeAndTell(node, 100, 5);
        // subjects s2 and s3 are held from 7 and 8 on
        awaitEffects("knows", 62);
        await().atMost(LONG).until(() -> status(node, "knows").parked() == 1);
        assertThat(node.processor.views().held("knows", 100))
                .filteredOn(held -> held.state() != State.BEHIND)
                .extracting(held -> held.position() + " " + held.state() + " " + held.attempts())
                .containsExactly("7 PARKED 1", "8 WAITING 1");
        assertThat(db.number("select count(*) from postevent_inbox.held_event where idn = 8"
                        + " and next_attempt_at > now() + interval '2 days'"))
                .isEqualTo(1);
    }

    @Test
    void retryAfterTheCauseIsGoneLetsTheSubjectGoOnInOrder() {
        AtomicInteger broken = new AtomicInteger(1);
        Node node = new Node("a", LONG).start(spec("healed", 2, writing("healed", failing((event, attempt, again) -> {
            if (event.position() == 3 && broken.get() == 1) {
                throw new IllegalStateException("broken");
            }
        }))));
        storeAndTell(node, 50, 5);
        await().atMost(LONG).until(() -> status(node, "healed").parked() == 1);
        assertThatThrownBy(() -> node.processor.operations().retry("healed", 8, BY))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("behind");
        broken.set(0);
        node.processor.operations().retry("healed", 3, BY);
        awaitEffects("healed", 50);
        assertOnceAndInOrder("healed", 50);
        assertThat(status(node, "healed").held()).isZero();
    }

    @Test
    void skipGivesUpTheEventAndItsSubjectGoesOn() {
        Node node = new Node("a", LONG).start(spec("skipper", 1, writing("skipper", failing((event, attempt, again) -> {
            if (event.position() == 3) {
                throw new IllegalStateException("broken");
            }
        }))));
        storeAndTell(node, 50, 5);
        await().atMost(LONG).until(() -> status(node, "skipper").parked() == 1);
        node.processor.operations().skip("skipper", 3, BY);
        awaitEffects("skipper", 49);
        assertOnceAndInOrder("skipper", 49);
        assertThat(db.number("select count(*) from effect where position = 3")).isZero();
        assertThatThrownBy(() -> node.processor.operations().skip("skipper", 3, BY))
                .isInstanceOf(NotHeldException.class)
                .hasMessageContaining("PSTEV34003")
                .hasMessageContaining("not held");
        assertThatThrownBy(() -> node.processor.operations().skip("nobody", 3, BY))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("PSTEV34002")
                .hasMessageContaining("no subscription 'nobody'")
                .hasMessageContaining("skipper");
        db.execute("alter table postevent_inbox.held_event rename to held_event_away");
        assertThatThrownBy(() -> node.processor.operations().skip("skipper", 3, BY))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV34004");
        db.execute("alter table postevent_inbox.held_event_away rename to held_event");
    }

    @Test
    void attemptsSurviveARestart() {
        Set<Integer> attempts = ConcurrentHashMap.newKeySet();
        SubscriptionSpec.Handler handler = failing((event, attempt, again) -> {
            attempts.add(attempt);
            throw new IllegalStateException("always");
        });
        store(1, 1);
        SubscriptionSpec slow = new SpecBuilder("again", handler)
                .giveUp(new GiveUp(6, null))
                .backoff(Duration.ofMillis(300))
                .build();
        Node first = new Node("a", LONG).start(slow);
        await().atMost(LONG).until(() -> attempts.contains(2));
        first.close();
        int before = attempts.size();
        Node second = new Node("a", LONG).start(slow);
        await().atMost(LONG).until(() -> status(second, "again").parked() == 1);
        assertThat(attempts).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6);
        assertThat(before).isLessThan(6);
    }

    @Test
    void aSlowSubscriptionDoesNotHoldUpAGoodOne() {
        CountDownLatch open = new CountDownLatch(1);
        Node node = new Node("a", LONG)
                .start(
                        spec("slow", 3, writing("slow", failing((event, attempt, again) -> open.await()))),
                        spec("good", 3, writing("good", failing((event, attempt, again) -> {}))));
        storeAndTell(node, 500, 10);
        awaitEffects("good", 500);
        assertThat(effects("slow")).isZero();
        open.countDown();
        awaitEffects("slow", 500);
        assertOnceAndInOrder("slow", 500);
        assertOnceAndInOrder("good", 500);
    }

    @Test
    void otherTypesArePassedOverAndCountAsHandled() {
        Node node =
                new Node("a", LONG).start(spec("typed", 3, writing("typed", failing((event, attempt, again) -> {}))));
        inbox.store(
                ORDERS,
                List.of(
                        LogEntry.at(1)
                                .id("a")
                                .source("s")
                                .type("unwanted")
                                .subject("x")
                                .build(),
                        LogEntry.at(2)
                                .kind('v')
                                .id("void-2")
                                .source("urn:postevent:void")
                                .type("postevent.void")
                                .build(),
                        LogEntry.at(3)
                                .id("b")
                                .source("s")
                                .type("t")
                                .subject("x")
                                .build()),
                inbox.mark(ORDERS),
                3);
        node.processor.released(ORDERS, 0, null, 3);
        awaitEffects("typed", 1);
        await().atMost(LONG).until(() -> status(node, "typed").handled() == 3);
        assertThat(db.number("select position from effect")).isEqualTo(3);
    }

    @Test
    void rollbackOnlyAnErrorAndAnEndedTransactionAreFailuresLikeAnyOther() {
        Node node = new Node("a", LONG).start(spec("rude", 1, writing("rude", failing((event, attempt, again) -> {
            switch ((int) event.position()) {
                case 1 -> jta.userTransaction().setRollbackOnly();
                case 2 -> throw new StackOverflowError("an Error");
                case 3 -> jta.userTransaction().rollback();
                case 4 -> {
                    jta.userTransaction().rollback();
                    jta.userTransaction().begin();
                }
                default -> assertThat(jta.userTransaction().getStatus()).isEqualTo(Status.STATUS_ACTIVE);
            }
        }))));
        storeAndTell(node, 10, 10);
        await().atMost(LONG).until(() -> status(node, "rude").parked() == 4);
        awaitEffects("rude", 6);
        assertThat(db.number("select min(position) from effect")).isEqualTo(5);
        assertThat(node.processor.views().held("rude", 10))
                .extracting(held -> held.cause().orElseThrow())
                .anyMatch(cause -> cause.contains("marked for rollback"))
                .anyMatch(cause -> cause.contains("an Error"))
                .anyMatch(cause -> cause.contains("ended the transaction"))
                .anyMatch(cause -> cause.contains("began another"));
    }

    @Test
    void whatPassesIsNotCounted() {
        AtomicInteger deadlocks = new AtomicInteger();
        Node node = new Node("a", LONG).start(spec("unlucky", 1, writing("unlucky", failing((event, attempt, again) -> {
            if (event.position() == 5 && deadlocks.incrementAndGet() <= 3) {
                throw new IllegalStateException("wrapped", new SQLException("deadlock detected", "40P01"));
            }
        }))));
        storeAndTell(node, 20, 3);
        awaitEffects("unlucky", 20);
        assertOnceAndInOrder("unlucky", 20);
        assertThat(status(node, "unlucky").held()).isZero();
        assertThat(deadlocks.get()).isGreaterThan(3);
    }

    @Test
    void whatPassesIsNotCountedAtARetryEither() {
        AtomicInteger calls = new AtomicInteger();
        Node node = new Node("a", LONG).start(spec("unlucky", 2, writing("unlucky", failing((event, attempt, again) -> {
            if (event.position() == 5) {
                int call = calls.incrementAndGet();
                if (call == 1) {
                    throw new IllegalStateException("its own fault, which counts");
                } else if (call <= 5) {
                    throw new IllegalStateException("wrapped", new SQLException("deadlock detected", "40P01"));
                }
            }
        }))));
        storeAndTell(node, 20, 3);
        awaitEffects("unlucky", 20);
        assertOnceAndInOrder("unlucky", 20);
        assertThat(status(node, "unlucky").held()).isZero();
        assertThat(db.number("select attempt from effect where position = 5")).isEqualTo(2);
    }

    @Test
    void whatPassesAgainAndAgainCountsInTheEnd() {
        Node node = new Node("a", LONG).start(spec("doomed", 2, failing((event, attempt, again) -> {
            throw new IllegalStateException("wrapped", new SQLException("deadlock detected", "40P01"));
        })));
        storeAndTell(node, 1, 0);
        await().atMost(LONG).until(() -> status(node, "doomed").parked() == 1);
    }

    @Test
    void aNodeThatLostItsLaneDoesNotParkWhatTheNextOneTries() {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Node zombie = new Node("a", LONG).start(spec("fenced", 2, failing((event, attempt, again) -> {
            if (attempt == 2) {
                inside.countDown();
                goOn.await();
            }
            throw new IllegalStateException("attempt " + attempt + " of the first owner");
        })));
        storeAndTell(zombie, 1, 1);
        await().atMost(LONG).until(() -> inside.getCount() == 0);
        db.execute(
                "update postevent_inbox.lane set owner = 'b', epoch = epoch + 1, expires = now() + interval '1 hour'",
                "update postevent_inbox.held_event set attempts = 1, cause = 'of the next owner'");
        goOn.countDown();
        zombie.die();
        assertThat(db.text("select state || ' ' || attempts || ' ' || cause from postevent_inbox.held_event"))
                .isEqualTo("waiting 1 of the next owner");
    }

    @Test
    void aBlockedLaneLeavesTheBufferToTheOthers() {
        List<LogEntry> entries = store(3_000, 20);
        int lane = entries.get(0).slot() % 8;
        long others = entries.stream().filter(entry -> entry.slot() % 8 != lane).count();
        assertThat(others).isBetween(1L, 2_990L);
        AtomicBoolean repaired = new AtomicBoolean();
        SubscriptionSpec blocking = new SpecBuilder("blocking", writing("blocking", failing((event, attempt, again) -> {
                    if (event.position() == 1 && !repaired.get()) {
                        throw new IllegalStateException("not yet");
                    }
                })))
                .blocking()
                .heldMax(10_000)
                .bufferMaxBytes(8_192) // much less than the blocked lane has before it
                .build();
        Node node = new Node("a", LONG).start(blocking);
        await().atMost(LONG).until(() -> effects("blocking") == others);
        repaired.set(true);
        awaitEffects("blocking", 3_000);
        assertOnceAndInOrder("blocking", 3_000);
        await().atMost(LONG).until(() -> status(node, "blocking").lag() == 0);
    }

    @Test
    void blockOnFailureStopsTheLaneUntilTheEventIsHandled() {
        AtomicInteger broken = new AtomicInteger(1);
        SubscriptionSpec blocking = new SpecBuilder("blocking", writing("blocking", failing((event, attempt, again) -> {
                    if (event.position() == 4 && broken.get() == 1) {
                        throw new IllegalStateException("broken, attempt " + attempt);
                    }
                })))
                .lanes(1)
                .concurrency(1)
                .giveUp(new GiveUp(2, null))
                .backoff(Duration.ofMillis(5))
                .blocking()
                .build();
        Node node = new Node("a", LONG).start(blocking);
        storeAndTell(node, 10, 10);
        await().atMost(LONG)
                .until(() ->
                        node.processor.views().held("blocking", 10).stream().anyMatch(held -> held.attempts() > 4));
        assertThat(effects("blocking")).isEqualTo(3);
        broken.set(0);
        awaitEffects("blocking", 10);
        assertThat(db.text("select string_agg(position::text, ',' order by n) from effect"))
                .isEqualTo("1,2,3,4,5,6,7,8,9,10");
    }

    @Test
    void anotherNodeTakesOverWithinTheLeaseAndEveryEffectIsThereOnce() {
        Duration lease = Duration.ofMillis(1_500);
        store(400, 10);
        CountDownLatch reached = new CountDownLatch(1);
        Node first = new Node("a", lease).start(spec("moved", 3, writing("moved", failing((event, attempt, again) -> {
            if (event.position() > 100) {
                reached.countDown();
                new CountDownLatch(1).await();
            }
        }))));
        await().atMost(LONG).until(() -> reached.getCount() == 0);
        // the first node hangs in its transactions, like a stopped process, and renews no lease
        first.processor.stopWork();
        Node second =
                new Node("b", lease).start(spec("moved", 3, writing("moved", failing((event, attempt, again) -> {}))));
        awaitEffects("moved", 400);
        assertOnceAndInOrder("moved", 400);
        first.threads.stop(Duration.ofMillis(10));
        await().atMost(LONG).until(() -> status(second, "moved").lag() == 0);
        assertOnceAndInOrder("moved", 400);
    }

    @Test
    void lanesAreSharedEvenlyAndMoveWhenANodeComesGoesOrDies() {
        Duration lease = Duration.ofSeconds(3);
        SubscriptionSpec.Handler effect = writing("shared", failing((event, attempt, again) -> {}));
        Node first = new Node("a", lease).start(spec("shared", 3, effect));
        assertThat(status(first, "shared").owners()).isEqualTo(Map.of("a", 8));
        Node second = new Node("b", lease).start(spec("shared", 3, effect));
        Node third = new Node("c", lease).start(spec("shared", 3, effect));
        store(500, 20);
        await().atMost(LONG)
                .until(() -> status(first, "shared").owners().values().stream()
                        .sorted()
                        .toList()
                        .equals(List.of(2, 3, 3)));
        store(500, 20);
        third.close();
        await().atMost(LONG).until(() -> status(first, "shared").owners().equals(Map.of("a", 4, "b", 4)));
        store(500, 20);
        second.die();
        await().atMost(LONG).until(() -> status(first, "shared").owners().equals(Map.of("a", 8)));
        store(500, 20);
        awaitEffects("shared", 2_000);
        await().atMost(LONG).until(() -> status(first, "shared").lag() == 0);
        assertOnceAndInOrder("shared", 2_000);
    }

    @Test
    void twoLivingNodesOfOneNameDoNotFightAndTheOneWithoutLanesSaysWhy() {
        SubscriptionSpec.Handler effect = writing("twins", failing((event, attempt, again) -> {}));
        Node first = new Node("a", Duration.ofSeconds(2)).start(spec("twins", 3, effect));
        Node second = new Node("a", Duration.ofSeconds(2)).start(spec("twins", 3, effect));
        await().atMost(LONG).until(() -> !first.processor.troubles().isEmpty());
        assertThat(first.processor.troubles())
                .singleElement()
                .asString()
                .contains("another node of this application", "postevent.node", "postevent.application");
        storeAndTell(second, 100, 10);
        awaitEffects("twins", 100);
        assertOnceAndInOrder("twins", 100);
        assertThat(second.processor.troubles()).isEmpty();
        assertThat(db.number("select max(epoch) from postevent_inbox.lane")).isEqualTo(2);
    }

    @Test
    void aNodeThatLostItsLaneCannotCommit() {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Node zombie = new Node("a", LONG).start(spec("fenced", 3, writing("fenced", failing((event, attempt, again) -> {
            inside.countDown();
            goOn.await();
        }))));
        storeAndTell(zombie, 1, 1);
        await().atMost(LONG).until(() -> inside.getCount() == 0);
        db.execute(
                "update postevent_inbox.lane set owner = 'b', epoch = epoch + 1, expires = now() + interval '1 hour'");
        goOn.countDown();
        await().atMost(LONG)
                .until(() -> db.number("select count(*) from pg_stat_activity where datname = current_database()"
                                + " and state = 'idle in transaction'")
                        == 0);
        assertThat(effects("fenced")).isZero();
        assertThat(db.number("select max(cursor) from postevent_inbox.lane")).isZero();
    }

    /** As the dead wait: an interrupt of their thread does not make them go on. */
    private static void awaitDeaf(CountDownLatch latch) {
        boolean interrupted = false;
        while (latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void anEventThatKillsItsNodeEachTimeEndsParked() {
        store(3, 0);
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch over = new CountDownLatch(1);
        for (int life = 0; life < 5; life++) {
            CountDownLatch dead = new CountDownLatch(1);
            Node node = new Node("a", LONG);
            node.start(spec("deadly", 3, writing("deadly", failing((event, attempt, again) -> {
                if (event.position() == 2) {
                    calls.incrementAndGet();
                    dead.countDown();
                    awaitDeaf(over);
                }
            }))));
            if (life < 4) {
                await().atMost(LONG).until(() -> dead.getCount() == 0);
                node.processor.stopWork();
                node.threads.stop(Duration.ofMillis(10));
            } else {
                await().atMost(LONG).until(() -> status(node, "deadly").parked() == 1);
                awaitEffects("deadly", 2);
            }
        }
        over.countDown();
        // once as part of a batch, when nobody could tell of which event the node died, then counted: 1, 2, 3
        assertThat(calls.get()).isEqualTo(4);
        assertThat(nodes.get(4)
                        .processor
                        .views()
                        .held("deadly", 1)
                        .get(0)
                        .cause()
                        .orElseThrow())
                .contains("the node that handled it died");
    }

    @Test
    void afterOneDeadNodeNothingIsParkedUnseen() {
        store(3, 1);
        CountDownLatch inside = new CountDownLatch(1);
        Node first = new Node("a", LONG).start(spec("single", 1, writing("single", failing((event, attempt, again) -> {
            inside.countDown();
            new CountDownLatch(1).await();
        }))));
        await().atMost(LONG).until(() -> inside.getCount() == 0);
        first.processor.stopWork();
        first.threads.stop(Duration.ofMillis(10));
        Map<Long, String> told = new ConcurrentHashMap<>();
        Node second = new Node("a", LONG).start(spec("single", 1, writing("single", failing((event, attempt, again) -> {
            told.put(event.position(), attempt + " " + again);
        }))));
        awaitEffects("single", 3);
        storeAndTell(second, 3, 1);
        awaitEffects("single", 6);
        assertThat(status(second, "single").held()).isZero();
        assertOnceAndInOrder("single", 6);
        // of what was there when the node died nobody can tell; what came later nobody can have been called for
        assertThat(told)
                .isEqualTo(
                        Map.of(1L, "1 true", 2L, "1 true", 3L, "1 true", 4L, "1 false", 5L, "1 false", 6L, "1 false"));
    }

    @Test
    void afterAnOrderlyStopInABatchExactlyWhatWasCalledIsToldSo() {
        store(4, 1);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Node first = new Node("a", LONG)
                .start(spec("stopped", 3, writing("stopped", failing((event, attempt, again) -> {
                    if (event.position() == 2) {
                        inside.countDown();
                        goOn.await();
                        throw new IllegalStateException("the pool is closed");
                    }
                }))));
        await().atMost(LONG).until(() -> inside.getCount() == 0);
        first.processor.stopWork();
        goOn.countDown();
        first.close();
        Map<Long, Boolean> told = new ConcurrentHashMap<>();
        new Node("b", LONG).start(spec("stopped", 3, writing("stopped", failing((event, attempt, again) -> {
            assertThat(attempt).isEqualTo(1);
            told.put(event.position(), again);
        }))));
        awaitEffects("stopped", 4);
        assertThat(told).isEqualTo(Map.of(1L, true, 2L, true, 3L, false, 4L, false));
    }

    @Test
    void whatWasHeldBehindAndNeverCalledIsNotToldSo() {
        Map<Long, String> told = new ConcurrentHashMap<>();
        AtomicBoolean repaired = new AtomicBoolean();
        Node node = new Node("a", LONG).start(spec("behind", 1, writing("behind", failing((event, attempt, again) -> {
            if (event.position() == 1 && !repaired.get()) {
                throw new IllegalStateException("not yet");
            }
            told.put(event.position(), attempt + " " + again);
        }))));
        storeAndTell(node, 1, 1);
        await().atMost(LONG).until(() -> status(node, "behind").parked() == 1);
        storeAndTell(node, 2, 1);
        await().atMost(LONG).until(() -> status(node, "behind").behind() == 2);
        repaired.set(true);
        node.processor.operations().retry("behind", 1, BY);
        awaitEffects("behind", 3);
        assertThat(told).isEqualTo(Map.of(1L, "1 true", 2L, "1 false", 3L, "1 false"));
    }

    @Test
    void whatPassesIsNotCountedEitherIfTheDatabaseSaysSoAtTheCommit() {
        db.execute(
                "create sequence commits",
                "create function conflict() returns trigger language plpgsql as $$ begin if new.position = 5 and"
                        + " nextval('commits') <= 3 then raise 'could not serialize access' using errcode = '40001';"
                        + " end if; return null; end $$",
                "create constraint trigger conflict after insert on effect deferrable initially deferred"
                        + " for each row execute function conflict()");
        Node node = new Node("a", LONG)
                .start(spec("unlucky", 1, writing("unlucky", failing((event, attempt, again) -> {}))));
        storeAndTell(node, 20, 3);
        awaitEffects("unlucky", 20);
        assertOnceAndInOrder("unlucky", 20);
        assertThat(status(node, "unlucky").held()).isZero();
        assertThat(db.number("select last_value from commits")).isGreaterThan(3);
    }

    @Test
    void whatTheDatabaseSaysAtTheCommitIsTheCauseOfWhatIsParked() {
        db.execute(
                "create function refuse() returns trigger language plpgsql as $$ begin if new.position = 5 then"
                        + " raise 'no fives here'; end if; return null; end $$",
                "create constraint trigger refuse after insert on effect deferrable initially deferred"
                        + " for each row execute function refuse()");
        Node node = new Node("a", LONG)
                .start(spec("refused", 2, writing("refused", failing((event, attempt, again) -> {}))));
        storeAndTell(node, 10, 10);
        awaitEffects("refused", 9);
        await().atMost(LONG).until(() -> status(node, "refused").parked() == 1);
        assertThat(node.processor.views().held("refused", 1).get(0).position()).isEqualTo(5);
        assertThat(node.processor.views().held("refused", 1).get(0).cause().orElseThrow())
                .contains("no fives here");
    }

    /** Does {@code statement} in the observer's transaction, and goes on whatever comes of it. */
    private void swallowing(String statement) {
        try (Connection connection = jta.local().getConnection();
                Statement made = connection.createStatement()) {
            made.execute(statement);
        } catch (SQLException e) {
            assertThat(e.getMessage()).contains("duplicate key");
        }
    }

    @Test
    void anObserverThatSwallowsAnErrorOfTheDatabaseHoldsItsOwnSubjectOnly() {
        db.execute("create table seen (id bigint primary key)", "insert into seen values (3)");
        Set<Long> failed = ConcurrentHashMap.newKeySet();
        Node node = new Node("a", LONG)
                .start(oneLane("swallows", 2, writing("swallows", failing((event, attempt, again) -> {
                    if (attempt > 1) {
                        failed.add(event.position());
                    }
                    swallowing("insert into seen values (" + event.position() + ")");
                }))));
        storeAndTell(node, 20, 20);
        awaitEffects("swallows", 19);
        await().atMost(LONG).until(() -> status(node, "swallows").parked() == 1);
        Subscriptions.HeldEvent parked =
                node.processor.views().held("swallows", 1).get(0);
        assertThat(parked.position()).isEqualTo(3);
        assertThat(parked.attempts()).isEqualTo(2);
        assertThat(parked.cause().orElseThrow()).contains("duplicate key");
        assertThat(failed).containsExactly(3L);
        db.execute("delete from seen where id = 3");
        node.processor.operations().retry("swallows", 3, BY);
        awaitEffects("swallows", 20);
        assertOnceAndInOrder("swallows", 20);
    }

    /** Of several in one transaction, the one that met what another has left there may be right when it is alone. */
    @Test
    void whatIsSaidForEverInABatchIsAskedOfTheEventAlone() {
        db.execute("create table seen (id bigint primary key)");
        Node node = new Node("a", LONG).start(oneLane("hasty", 2, failing((event, attempt, again) -> {
            try (Connection connection = jta.local().getConnection();
                    Statement made = connection.createStatement()) {
                made.execute(
                        event.position() == 3
                                ? "set local search_path to pg_catalog"
                                : "insert into seen values (" + event.position() + ")");
            } catch (SQLException e) {
                throw new ParkNowException("cannot be handled: " + e.getMessage());
            }
        })));
        storeAndTell(node, 20, 20);
        await().atMost(LONG).until(() -> status(node, "hasty").lag() == 0);
        assertThat(status(node, "hasty").parked()).isZero();
        assertThat(db.number("select count(*) from seen")).isEqualTo(19);
    }

    @Test
    void anObserverThatTakesAnotherRoleHoldsItsOwnSubjectOnly() {
        Node node = new Node("a", LONG)
                .start(oneLane("tenants", 2, writing("tenants", failing((event, attempt, again) -> {
                    if (event.position() == 3) {
                        swallowing("set local role pg_monitor");
                    }
                }))));
        storeAndTell(node, 20, 20);
        awaitEffects("tenants", 19);
        await().atMost(LONG).until(() -> status(node, "tenants").parked() == 1);
        assertThat(node.processor.views().held("tenants", 1).get(0).cause().orElseThrow())
                .contains("permission denied");
    }

    @Test
    void aSubjectThatFitsIntoNoIndexIsHeld() {
        StringBuilder subject = new StringBuilder();
        new Random(7).ints(20_000, 0x4e00, 0x9f00).forEach(subject::appendCodePoint);
        List<LogEntry> entries = new ArrayList<>();
        for (long position = 1; position <= 3; position++) {
            entries.add(LogEntry.at(position)
                    .id("e" + position)
                    .source("urn:test")
                    .type("t")
                    .subject(position < 3 ? subject.toString() : "other")
                    .build());
        }
        AtomicBoolean repaired = new AtomicBoolean();
        Node node = new Node("a", LONG).start(oneLane("long", 1, writing("long", failing((event, attempt, again) -> {
            if (event.position() == 1 && !repaired.get()) {
                throw new IllegalStateException("not yet");
            }
        }))));
        assertThat(inbox.store(ORDERS, entries, inbox.mark(ORDERS), 3)).isTrue();
        node.processor.released(ORDERS, 0, entries, 3);
        awaitEffects("long", 1);
        await().atMost(LONG)
                .until(() -> status(node, "long").parked() == 1
                        && status(node, "long").behind() == 1);
        repaired.set(true);
        node.processor.operations().retry("long", 1, BY);
        awaitEffects("long", 3);
        assertThat(status(node, "long").held()).isZero();
    }

    @Test
    void aFailureThatCannotBeDescribedIsAFailureLikeAnyOther() {
        Node node = new Node("a", LONG).start(oneLane("mute", 1, writing("mute", failing((event, attempt, again) -> {
            if (event.position() == 2) {
                throw new IllegalStateException() {
                    private static final long serialVersionUID = 1L;

                    @Override
                    public String getMessage() {
                        throw new IllegalStateException("no words");
                    }
                };
            }
        }))));
        storeAndTell(node, 5, 5);
        awaitEffects("mute", 4);
        await().atMost(LONG).until(() -> status(node, "mute").parked() == 1);
    }

    @Test
    void aTransactionThatCannotBeginIsNoAttempt() {
        AtomicInteger refused = new AtomicInteger(-1);
        UserTransaction manager = (UserTransaction) Proxy.newProxyInstance(
                ProcessorIT.class.getClassLoader(), new Class<?>[] {UserTransaction.class}, (self, method, values) -> {
                    if (method.getName().equals("begin") && refused.get() >= 0 && refused.incrementAndGet() <= 5) {
                        throw new SystemException("the transaction manager is recovering");
                    }
                    try {
                        return method.invoke(jta.userTransaction(), values);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
        Node node = new Node("a", LONG, manager);
        node.start(spec("begun", 2, writing("begun", failing((event, attempt, again) -> {
            if (attempt == 1) {
                refused.set(0);
                throw new IllegalStateException("once");
            }
        }))));
        storeAndTell(node, 1, 1);
        awaitEffects("begun", 1);
        assertThat(refused.get()).isGreaterThan(5);
        assertThat(db.number("select attempt from effect")).isEqualTo(2);
        assertThat(status(node, "begun").held()).isZero();
    }

    @Test
    void whereALaneStandsIsNamedAfterAFewRounds() {
        Node node = new Node("a", LONG).start(spec("stuck", 1, writing("stuck", failing((event, attempt, again) -> {
            if (event.position() == 3) {
                throw new IllegalStateException("no threes");
            }
        }))));
        db.execute("alter table postevent_inbox.held_event add constraint of_somebody check (idn <> 3)");
        storeAndTell(node, 5, 1);
        await().atMost(LONG).until(() -> node.processor.troubles().toString().contains("does not get past position 3"));
        db.execute("alter table postevent_inbox.held_event drop constraint of_somebody");
        await().atMost(LONG).until(() -> status(node, "stuck").parked() == 1);
        await().atMost(LONG).until(() -> node.processor.troubles().isEmpty());
    }

    @Test
    void theLagInSecondsIsOfTheFirstEventThatIsNotHandled() {
        Node node = new Node("a", LONG).start(spec("late", 3, writing("late", failing((event, attempt, again) -> {}))));
        storeAndTell(node, 10, 0);
        await().atMost(LONG).until(() -> status(node, "late").lag() == 0);
        assertThat(status(node, "late").lagTime()).isZero();
        node.processor.operations().pause("late", BY);
        await().atMost(LONG).until(() -> status(node, "late").paused());
        storeAndTell(node, 2, 0);
        db.execute("update postevent_inbox.messages set stored_at = now() - interval '2 hours' where idn <= 10");
        db.execute("update postevent_inbox.messages set stored_at = now() - interval '1 hour' where idn = 11");
        assertThat(status(node, "late").lag()).isEqualTo(2);
        assertThat(status(node, "late").lagTime()).isBetween(Duration.ofSeconds(3_600), Duration.ofSeconds(5_000));
    }

    @Test
    void theLagInSecondsIsKnownBeyondWhatIsCounted() {
        Node node = new Node("a", LONG).start(spec("far", 3, writing("far", failing((event, attempt, again) -> {}))));
        node.processor.operations().pause("far", BY);
        await().atMost(LONG).until(() -> status(node, "far").paused());
        db.execute("insert into postevent_inbox.messages (topic, idn, kind, slot, id, source, type, stored_at)"
                + " select 'orders', g, 'e', g % 1024, 'e' || g, 'urn:test', 't', now() - interval '1 hour'"
                + " from generate_series(1, 20500) g");
        db.execute(
                "insert into postevent_inbox.high_water_mark (topic, mark) values ('orders', 20500)",
                // the next of the lowest lane is not the next position: that is another lane's, and handled
                "update postevent_inbox.lane set cursor = case when lane = 7 then 0 else 20100 end",
                "update postevent_inbox.messages set stored_at = now() where idn <= 6");
        Subscriptions.Status status = status(node, "far");
        assertThat(status.handled()).isZero();
        // of eight lanes one has an eighth of 20,500 before it, and seven an eighth of 400 each
        assertThat(status.lag()).isEqualTo(2_913);
        assertThat(status.lagTime()).isBetween(Duration.ofSeconds(3_600), Duration.ofSeconds(5_000));
    }

    @Test
    void pauseAndResume() {
        Node node =
                new Node("a", LONG).start(spec("paused", 3, writing("paused", failing((event, attempt, again) -> {}))));
        storeAndTell(node, 10, 2);
        awaitEffects("paused", 10);
        node.processor.operations().pause("paused", BY);
        await().atMost(LONG).until(() -> status(node, "paused").paused());
        storeAndTell(node, 10, 2);
        assertThat(node.processor.views().explain("paused", TopicState.WELL).sentence())
                .contains("is paused by test (because, ");
        assertThat(effects("paused")).isEqualTo(10);
        node.processor.operations().resume("paused", BY);
        awaitEffects("paused", 20);
        assertOnceAndInOrder("paused", 20);
    }

    @Test
    void whatIsPausedHereIsHandedNothingMoreOnceThatIsSaid() throws Exception {
        Node node = new Node("a", LONG)
                .start(
                        spec("paused", 3, writing("paused", failing((event, attempt, again) -> {}))),
                        spec("other", 3, writing("other", failing((event, attempt, again) -> {}))));
        storeAndTell(node, 10, 2);
        awaitEffects("paused", 10);
        awaitEffects("other", 10);
        try (Connection connection = db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            // no poll of what operators changed is answered now
            statement.execute("lock table postevent_inbox.member in access exclusive mode");
            node.processor.operations().pause("paused", BY);
            storeAndTell(node, 10, 2);
            awaitEffects("other", 20);
            assertThat(effects("paused")).isEqualTo(10);
            connection.rollback();
        }
        node.processor.operations().resume("paused", BY);
        awaitEffects("paused", 20);
        assertOnceAndInOrder("paused", 20);
    }

    @Test
    void aSubscriptionKeepsItsTopicAndItsLanes() {
        new Node("a", LONG)
                .start(spec("kept", 3, failing((event, attempt, again) -> {})))
                .close();
        SubscriptionSpec other = new SpecBuilder("kept", failing((event, attempt, again) -> {}))
                .topic(new TopicName("other"))
                .build();
        assertThatThrownBy(() -> new Node("b", LONG).start(other))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV34001")
                .hasMessageContaining("kept")
                .hasMessageContaining("orders");
    }

    @Test
    void atTheLimitOfHeldEventsTheLanesStopAndSaySo() {
        SubscriptionSpec few = new SpecBuilder("few", failing((event, attempt, again) -> {
                    throw new IllegalStateException("always");
                }))
                .lanes(1)
                .concurrency(1)
                .batchMax(1)
                .giveUp(new GiveUp(1, null))
                .heldMax(3)
                .build();
        Node node = new Node("a", LONG).start(few);
        storeAndTell(node, 10, 10);
        await().atMost(LONG).until(() -> !node.processor.troubles().isEmpty());
        assertThat(node.processor.troubles().get(0)).contains("few").contains("3 held events");
        assertThat(status(node, "few").parked()).isEqualTo(3);
        // what is well elsewhere does not take the fault away
        await().atMost(LONG)
                .during(Duration.ofSeconds(2))
                .until(() -> !node.processor.troubles().isEmpty());
    }

    @Test
    void whatIsBehindAHeldEventCountsToTheLimitAndTheSubjectGoesOnAfterRetryAndSkip() {
        AtomicBoolean repaired = new AtomicBoolean();
        SubscriptionSpec hot = new SpecBuilder("hot", writing("hot", failing((event, attempt, again) -> {
                    if (event.position() == 1 || (event.position() == 50 && !repaired.get())) {
                        throw new IllegalStateException("broken");
                    }
                })))
                .giveUp(new GiveUp(1, null))
                .heldMax(20)
                .bufferMaxBytes(1 << 14)
                .build();
        Node node = new Node("a", LONG).start(hot);
        // one subject is hot, and the others have lanes beside its
        storeAndTell(node, 100, 1);
        List<LogEntry> others = store(100, 0);
        long lane = LogEntry.at(1)
                        .id("e")
                        .source("s")
                        .type("t")
                        .subject("s0")
                        .build()
                        .slot()
                % 8;
        long beside = others.stream().filter(entry -> entry.slot() % 8 != lane).count();
        node.processor.released(ORDERS, 100, others, 200);
        awaitEffects("hot", beside);
        await().atMost(LONG).until(() -> !node.processor.troubles().isEmpty());
        assertThat(node.processor.troubles()).singleElement().asString().contains("hot: has 20 held events");
        assertThat(db.number("select count(*) from postevent_inbox.held_event")).isEqualTo(20);
        assertThat(effects("hot")).isEqualTo(beside);
        node.processor.operations().skip("hot", 1, BY);
        await().atMost(LONG).until(() -> status(node, "hot").parked() == 1 && effects("hot") == beside + 48);
        await().atMost(LONG).until(() -> !node.processor.troubles().isEmpty());
        assertThat(db.number("select count(*) from postevent_inbox.held_event")).isEqualTo(20);
        repaired.set(true);
        node.processor.operations().retry("hot", 50, BY);
        awaitEffects("hot", 199);
        assertThat(status(node, "hot").held()).isZero();
        assertOnceAndInOrder("hot", 199);
        await().atMost(LONG).until(() -> node.processor.troubles().isEmpty());
    }

    @Test
    void moreHeldThanIsKeptInMemoryIsReadInParts() {
        SubscriptionSpec.Handler handler = writing("lowered", failing((event, attempt, again) -> {}));
        new Node("a", LONG).start(spec("lowered", 3, handler)).close();
        store(50, 1);
        // as if the limit had been higher
        db.execute("insert into postevent_inbox.held_event"
                + " (application, subscription, idn, lane, ordering_key, state, attempts, next_attempt_at)"
                + " select 'shop', 'lowered', g, m.slot % 8, 's0', case g when 1 then 'waiting' else 'behind' end, 0, now()"
                + " from generate_series(1, 30) g join postevent_inbox.messages m on m.idn = g");
        db.execute("update postevent_inbox.lane set cursor = 30 where lane ="
                + " (select slot % 8 from postevent_inbox.messages where idn = 1)");
        SubscriptionSpec lowered =
                new SpecBuilder("lowered", handler).heldMax(10).build();
        Node node = new Node("a", LONG).start(lowered);
        awaitEffects("lowered", 50);
        assertOnceAndInOrder("lowered", 50);
        assertThat(status(node, "lowered").held()).isZero();
    }

    @Test
    void whatIsHeldOfATypeThatTheNewReleaseDoesNotWantIsNotCalled() {
        List<LogEntry> entries = new ArrayList<>();
        for (String type : List.of("unwanted", "unwanted", "t")) {
            entries.add(LogEntry.at(++stored)
                    .id("e" + stored)
                    .source("urn:test")
                    .type(type)
                    .subject("s")
                    .build());
        }
        assertThat(inbox.store(ORDERS, entries, inbox.mark(ORDERS), stored)).isTrue();
        Node before = new Node("a", LONG).start(oneLane("typed", 1_000, new SubscriptionSpec.Handler() {
            @Override
            public boolean wants(LogEntry event) {
                return true;
            }

            @Override
            public void handle(LogEntry event, int attempt, boolean again, boolean last) {
                throw new IllegalStateException("not yet");
            }
        }));
        await().atMost(LONG).until(() -> status(before, "typed").held() == 3);
        before.close();
        Node after = new Node("a", LONG)
                .start(oneLane("typed", 1_000, writing("typed", failing((event, attempt, again) -> {}))));
        await().atMost(LONG).until(() -> status(after, "typed").held() == 0);
        assertThat(db.text("select string_agg(position::text, ' ') from effect where subscription = 'typed'"))
                .isEqualTo("3");
    }

    @Test
    void aDatabaseClockThatStepsBackKeepsNeitherADeadNodesLanesNorWhatWaitsForItsNextTry() {
        Duration lease = Duration.ofMillis(1_500);
        AtomicBoolean repaired = new AtomicBoolean();
        SubscriptionSpec.Handler handler = writing("stepped", failing((event, attempt, again) -> {
            if (event.position() == 1 && !repaired.get()) {
                throw new IllegalStateException("not yet");
            }
        }));
        Node dead = new Node("a", lease).start(spec("stepped", 1_000, handler));
        storeAndTell(dead, 20, 10);
        await().atMost(LONG).until(() -> effects("stepped") == 18);
        dead.die();
        repaired.set(true);
        // as if the clock of the database had gone back by an hour
        db.execute(
                "update postevent_inbox.lane set expires = expires + interval '1 hour'",
                "update postevent_inbox.lease set expires = expires + interval '1 hour'",
                "update postevent_inbox.member set expires = expires + interval '1 hour'",
                "update postevent_inbox.held_event set next_attempt_at = next_attempt_at + interval '1 hour',"
                        + " waits_from = waits_from + interval '1 hour'");
        Node alive = new Node("b", lease).start(spec("stepped", 1_000, handler));
        await().atMost(Duration.ofMinutes(4))
                .until(() -> status(alive, "stepped").owners().equals(Map.of("b", 8)));
        await().atMost(Duration.ofMinutes(4)).until(() -> effects("stepped") == 20);
        assertOnceAndInOrder("stepped", 20);
    }
}
