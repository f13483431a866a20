package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.HeldFilter;
import dev.postevent.Notice;
import dev.postevent.Notice.EventParked;
import dev.postevent.Notice.EventResumed;
import dev.postevent.Notice.EventResumed.By;
import dev.postevent.ParkNowException;
import dev.postevent.ReplayFrom;
import dev.postevent.internal.flow.Told;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.spi.LogEntry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Whichever way an event is parked, and is not any more, is told once, and by then it is committed. */
class ParkedNoticesIT extends ProcessorStage {
    private final AtomicBoolean broken = new AtomicBoolean(true);

    private SubscriptionSpec.Handler breaking(long position, RuntimeException failure) {
        return writing("told", failing((event, attempt, again) -> {
            if (event.position() == position && broken.get()) {
                throw failure;
            }
        }));
    }

    private <T extends Notice> List<T> told(Class<T> kind) {
        return notices.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private EventParked parked() {
        await().atMost(LONG).until(() -> !told(EventParked.class).isEmpty());
        assertThat(db.text("select state from postevent_inbox.held_event where idn = "
                        + told(EventParked.class).get(0).position()))
                .isEqualTo("parked");
        return told(EventParked.class).get(0);
    }

    private static EventParked parked(long position, String subject, String id, int attempts, String cause) {
        return new Told.EventParked(
                "told", "orders", position, Optional.ofNullable(subject), Optional.ofNullable(id), attempts, cause);
    }

    private static EventResumed resumed(long position, String subject, By by) {
        return new Told.EventResumed("told", "orders", position, Optional.ofNullable(subject), by);
    }

    @Test
    void theFirstAttemptMayBeTheLast() {
        store(3, 2);
        new Node("a", LONG).start(spec("told", 1, breaking(2, new IllegalStateException("no"))));
        assertThat(parked()).isEqualTo(parked(2, "s0", "e2", 1, "java.lang.IllegalStateException: no"));
        awaitEffects("told", 2);
        assertThat(notices).hasSize(1);
    }

    @Test
    void theLastOfSeveralAttempts() {
        store(3, 0);
        new Node("a", LONG).start(spec("told", 3, breaking(2, new IllegalStateException("no"))));
        assertThat(parked()).isEqualTo(parked(2, null, "e2", 3, "java.lang.IllegalStateException: no"));
        awaitEffects("told", 2);
        assertThat(notices).hasSize(1);
    }

    @Test
    void theObserverSaysSo() {
        store(3, 0);
        new Node("a", LONG).start(spec("told", 100, breaking(2, new ParkNowException("no invoice"))));
        assertThat(parked()).isEqualTo(parked(2, null, "e2", 1, "dev.postevent.ParkNowException: no invoice"));
    }

    @Test
    void itFailsForTooLong() {
        store(1, 0);
        Backoff backoff = new Backoff(Duration.ofMillis(5), 2, Duration.ofMillis(50));
        new Node("a", LONG)
                .start(spec(
                        "told",
                        1,
                        1,
                        new GiveUp(100_000, Duration.ofMillis(200)),
                        backoff,
                        breaking(1, new IllegalStateException("no"))));
        EventParked told = parked();
        assertThat(told.position()).isEqualTo(1);
        assertThat(told.eventId()).contains("e1");
        assertThat(told.attempts()).isGreaterThan(1);
        assertThat(notices).hasSize(1);
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
    void itKillsItsNodeEachTime() {
        store(3, 0);
        diesAt(2, 3, 4);
        assertThat(parked().position()).isEqualTo(2);
        assertThat(parked().attempts()).isEqualTo(3);
        assertThat(parked().eventId()).contains("e2");
        assertThat(parked().cause()).contains("the node that handled it died");
        awaitEffects("told", 2);
        assertThat(told(EventParked.class)).hasSize(1);
        // each life of the node found the lanes of the one before
        assertThat(told(Notice.NodeLost.class)).hasSize(4).allSatisfy(lost -> {
            assertThat(lost.node()).isEqualTo("a");
            assertThat(lost.subscription()).isEqualTo("told");
            assertThat(lost.lanes()).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        });
    }

    @Test
    void itFailsOnceAndThenKillsItsNodeEachTime() {
        store(1, 0);
        AtomicBoolean first = new AtomicBoolean(true);
        CountDownLatch over = new CountDownLatch(1);
        // ten lost with their nodes are the most, whatever is set
        for (int life = 0; life < 11; life++) {
            CountDownLatch dead = new CountDownLatch(1);
            Node node = new Node("a", LONG);
            node.start(spec("told", 1_000, failing((event, attempt, again) -> {
                if (first.getAndSet(false)) {
                    throw new IllegalStateException("no");
                }
                dead.countDown();
                awaitDeaf(over);
            })));
            if (life < 10) {
                await().atMost(LONG).until(() -> dead.getCount() == 0);
                node.processor.stopWork();
                node.threads.stop(Duration.ofMillis(10));
            }
        }
        EventParked told = parked();
        over.countDown();
        assertThat(told.position()).isEqualTo(1);
        assertThat(told.eventId()).as("it was not read again").isEmpty();
        assertThat(told.cause()).contains("the node that handled it died");
        assertThat(told(EventParked.class)).hasSize(1);
    }

    private void diesAt(long position, int attemptsMax, int lives) {
        CountDownLatch over = new CountDownLatch(1);
        for (int life = 0; life <= lives; life++) {
            CountDownLatch dead = new CountDownLatch(1);
            Node node = new Node("a", LONG);
            node.start(spec("told", attemptsMax, writing("told", failing((event, attempt, again) -> {
                if (event.position() == position) {
                    dead.countDown();
                    awaitDeaf(over);
                }
            }))));
            if (life < lives) {
                await().atMost(LONG).until(() -> dead.getCount() == 0);
                node.processor.stopWork();
                node.threads.stop(Duration.ofMillis(10));
            }
        }
        parked();
        over.countDown();
    }

    @Test
    void itIsNotInTheInboxAnyMore() {
        store(1, 0);
        Backoff slow = new Backoff(Duration.ofMillis(300), 1, Duration.ofMillis(300));
        new Node("a", LONG).start(spec("told", 1, 1, new GiveUp(1_000, null), slow, failing((event, attempt, again) -> {
            db.execute("delete from postevent_inbox.messages");
            throw new IllegalStateException("no");
        })));
        EventParked told = parked();
        assertThat(told.eventId()).isEmpty();
        assertThat(told.cause()).contains("not in the inbox any more");
    }

    @Test
    void whatIsRetriedAndFailsForGoodIsToldAgainAndWhatIsHandledThenIsResumed() {
        store(4, 2);
        Node node = new Node("a", LONG).start(spec("told", 1, breaking(2, new IllegalStateException("no"))));
        assertThat(parked().position()).isEqualTo(2);
        node.processor.operations().retry("told", 2, BY);
        await().atMost(LONG).until(() -> told(EventParked.class).size() == 2);
        assertThat(told(EventResumed.class)).isEmpty();

        broken.set(false);
        node.processor.operations().retry("told", 2, BY);
        awaitEffects("told", 4);
        await().atMost(LONG).until(() -> !told(EventResumed.class).isEmpty());
        // the one behind it was never parked
        assertThat(told(EventResumed.class)).containsExactly(resumed(2, "s0", By.HANDLED));
    }

    @Test
    void whoComesLaterKnowsWhatIsParkedAndTellsWhenItIsHandled() {
        store(2, 0);
        Node first = new Node("a", LONG).start(spec("told", 1, breaking(2, new IllegalStateException("no"))));
        parked();
        first.close();
        broken.set(false);
        Node second = new Node("b", LONG).start(spec("told", 1, breaking(2, new IllegalStateException("no"))));
        await().atMost(LONG).until(() -> status(second, "told").owners().equals(Map.of("b", 8)));
        await().atMost(LONG)
                .until(() -> second.processor.views().held("told", 1).size() == 1);
        second.processor.operations().retry("told", 2, BY);
        await().atMost(LONG).until(() -> !told(EventResumed.class).isEmpty());
        assertThat(told(EventResumed.class)).containsExactly(resumed(2, null, By.HANDLED));
        assertThat(told(Notice.NodeLost.class)).as("it gave its lanes back").isEmpty();
    }

    @Test
    void anEventThatIsHandledAtALaterAttemptWasNeverParked() {
        store(2, 0);
        new Node("a", LONG).start(spec("told", 100, writing("told", failing((event, attempt, again) -> {
            if (attempt < 3) {
                throw new IllegalStateException("no");
            }
        }))));
        awaitEffects("told", 2);
        await().atMost(LONG).until(() -> db.number("select count(*) from postevent_inbox.held_event") == 0);
        assertThat(notices).isEmpty();
    }

    private SubscriptionSpec.Handler breakingAll() {
        return failing((LogEntry event, int attempt, boolean again) -> {
            throw new IllegalStateException("no");
        });
    }

    @Test
    void whatIsSkippedIsToldIfItWasParked() {
        store(6, 2);
        Node node = new Node("a", LONG).start(spec("told", 1, breakingAll()));
        await().atMost(LONG).until(() -> told(EventParked.class).size() == 2);
        node.processor.operations().skip("told", 1, BY);
        assertThat(told(EventResumed.class)).containsExactly(resumed(1, "s1", By.SKIPPED));
        // what was behind it follows, and is parked in its turn
        await().atMost(LONG).until(() -> told(EventParked.class).size() == 3);
        assertThat(node.processor.operations().skipAll(HeldFilter.of("told").subject("s0"), BY))
                .isEqualTo(3);
        // two of these were behind
        assertThat(told(EventResumed.class))
                .containsExactly(resumed(1, "s1", By.SKIPPED), resumed(2, "s0", By.SKIPPED));
    }

    @Test
    void anOperationThatWasCarriedOutBeforeIsNotToldAgain() {
        store(2, 0);
        Node node = new Node("a", LONG).start(spec("told", 1, breakingAll()));
        await().atMost(LONG).until(() -> told(EventParked.class).size() == 2);
        node.processor.operations().skip("told", 1, BY.withKey("k1"));
        node.processor.operations().skip("told", 1, BY.withKey("k1"));
        assertThat(told(EventResumed.class)).hasSize(1);
    }

    @Test
    void whatAReplayDropsIsToldIfItWasParked() {
        store(4, 0);
        Node node = new Node("a", LONG).start(spec("told", 1, breaking(3, new IllegalStateException("no"))));
        parked();
        broken.set(false);
        node.processor.operations().replay("told", ReplayFrom.beginning(), BY);
        assertThat(told(EventResumed.class)).containsExactly(resumed(3, null, By.REPLAYED));
        awaitEffects("told", 7);
        await().atMost(LONG).until(() -> status(node, "told").lag() == 0);
        assertThat(told(EventResumed.class))
                .as("it was not parked when it came again")
                .hasSize(1);
    }

    @Test
    void theLanesOfANodeThatDiedTellThatItIsLost() {
        Duration lease = Duration.ofMillis(1_500);
        broken.set(false);
        Node dead = new Node("a", lease).start(spec("told", 1, breaking(0, new IllegalStateException())));
        await().atMost(LONG).until(() -> status(dead, "told").owners().equals(Map.of("a", 8)));
        dead.die();
        Node alive = new Node("b", lease).start(spec("told", 1, breaking(0, new IllegalStateException())));
        await().atMost(LONG).until(() -> status(alive, "told").owners().equals(Map.of("b", 8)));
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(told(Notice.NodeLost.class).stream()
                                .flatMap(lost -> lost.lanes().stream())
                                .sorted()
                                .toList())
                        .containsExactly(0, 1, 2, 3, 4, 5, 6, 7));
        assertThat(told(Notice.NodeLost.class))
                .extracting(Notice.NodeLost::node)
                .containsOnly("a");
    }
}
