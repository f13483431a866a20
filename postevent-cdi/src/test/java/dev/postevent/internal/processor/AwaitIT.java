package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.NotFoundException;
import dev.postevent.PosteventException;
import dev.postevent.Subscriptions.Awaited;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Whoever waits for a position reads what was written for it. */
class AwaitIT extends ProcessorStage {
    private final ExecutorService callers = Executors.newCachedThreadPool();

    @AfterEach
    void nobodyCalls() {
        callers.shutdownNow();
    }

    private static void refused(String code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        PosteventException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void allWhoWaitGoOnOnceItIsHandled() throws Exception {
        Node node =
                new Node("a", LONG).start(spec("bills", 3, writing("bills", failing((event, attempt, again) -> {}))));
        ProgressWaits waits = node.processor.waits();
        node.processor.operations().pause("bills", BY);
        storeAndTell(node, 40, 5);
        assertThat(waits.await("bills", 40, null, Duration.ZERO)).isEqualTo(Awaited.TIMED_OUT);
        assertThat(waits.await("bills", 40, "s0", Duration.ofMillis(50))).isEqualTo(Awaited.TIMED_OUT);
        List<Future<Long>> effects = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String subject = i % 2 == 0 ? null : "s0";
            effects.add(callers.submit(() -> {
                assertThat(waits.await("bills", 40, subject, LONG)).isEqualTo(Awaited.HANDLED);
                return db.number("select count(*) from effect" + (subject == null ? "" : " where subject = 's0'"));
            }));
        }

        node.processor.operations().resume("bills", BY);

        for (int i = 0; i < effects.size(); i++) {
            assertThat(effects.get(i).get(4, TimeUnit.MINUTES)).isEqualTo(i % 2 == 0 ? 40 : 8);
        }
    }

    @Test
    void aPositionThatIsStillToComeIsWaitedFor() throws Exception {
        Node node =
                new Node("a", LONG).start(spec("later", 3, writing("later", failing((event, attempt, again) -> {}))));
        Future<Awaited> waits = callers.submit(() -> node.processor.waits().await("later", 2, null, LONG));
        storeAndTell(node, 1, 0);
        awaitEffects("later", 1);
        assertThat(node.processor.waits().await("later", 2, null, Duration.ZERO))
                .isEqualTo(Awaited.TIMED_OUT);
        storeAndTell(node, 1, 0);
        assertThat(waits.get(4, TimeUnit.MINUTES)).isEqualTo(Awaited.HANDLED);
    }

    @Test
    void whatIsParkedIsSaidAtOnceAndHoldsUpItsSubjectOnly() {
        Node node = new Node("a", LONG).start(spec("holds", 1, writing("holds", failing((event, attempt, again) -> {
            if (event.position() == 3) {
                throw new IllegalStateException("no threes");
            }
        }))));
        storeAndTell(node, 20, 5);
        await().atMost(LONG).until(() -> status(node, "holds").parked() == 1);
        ProgressWaits waits = node.processor.waits();
        assertThat(waits.await("holds", 3, null, LONG)).isEqualTo(Awaited.PARKED);
        assertThat(waits.await("holds", 18, "s3", LONG)).isEqualTo(Awaited.PARKED);
        // behind it
        assertThat(waits.await("holds", 8, null, LONG)).isEqualTo(Awaited.PARKED);
        assertThat(waits.await("holds", 19, "s4", LONG)).isEqualTo(Awaited.HANDLED);
        assertThat(waits.await("holds", 19, null, LONG)).isEqualTo(Awaited.HANDLED);
        node.processor.operations().skip("holds", 3, BY);
        assertThat(waits.await("holds", 18, "s3", LONG)).isEqualTo(Awaited.HANDLED);
    }

    @Test
    void whatWaitsForItsNextAttemptIsWaitedFor() throws Exception {
        AtomicBoolean broken = new AtomicBoolean(true);
        Node node = new Node("a", LONG)
                .start(new SpecBuilder("heals", writing("heals", failing((event, attempt, again) -> {
                            if (broken.get()) {
                                throw new IllegalStateException("not yet");
                            }
                        })))
                        .giveUp(new GiveUp(10_000, null))
                        .backoff(Duration.ofMillis(20))
                        .build());
        storeAndTell(node, 1, 1);
        await().atMost(LONG).until(() -> status(node, "heals").waiting() == 1);
        assertThat(node.processor.waits().await("heals", 1, "s0", Duration.ofMillis(100)))
                .isEqualTo(Awaited.TIMED_OUT);
        Future<Awaited> waits = callers.submit(() -> node.processor.waits().await("heals", 1, "s0", LONG));
        broken.set(false);
        assertThat(waits.get(4, TimeUnit.MINUTES)).isEqualTo(Awaited.HANDLED);
        assertThat(effects("heals")).isEqualTo(1);
    }

    @Test
    void anotherNodesLanesAreWaitedForToo() {
        SubscriptionSpec shared = spec("shared", 3, writing("shared", failing((event, attempt, again) -> {})));
        Node first = new Node("a", LONG).start(shared);
        Node second = new Node("b", LONG).start(shared);
        await().atMost(LONG).until(() -> status(first, "shared").owners().size() == 2);
        long before = stored;
        var entries = store(100, 10);
        first.processor.released(ORDERS, before, entries, stored);
        second.processor.released(ORDERS, before, entries, stored);
        assertThat(first.processor.waits().await("shared", 100, null, LONG)).isEqualTo(Awaited.HANDLED);
        assertThat(effects("shared")).isEqualTo(100);
    }

    @Test
    void whatCannotBeWaitedForIsRefused() throws Exception {
        Node node =
                new Node("a", LONG).start(spec("picky", 3, writing("picky", failing((event, attempt, again) -> {}))));
        ProgressWaits waits = node.processor.waits();
        assertThatThrownBy(() -> waits.await("picky", 0, null, LONG)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> waits.await("picky", 1, null, Duration.ofMinutes(11)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> waits.await("picky", 1, null, Duration.ofMillis(-1)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> waits.await("nobody", 1, null, LONG)).isInstanceOf(NotFoundException.class);
        jta.userTransaction().begin();
        try {
            refused("PSTEV34006", () -> waits.await("picky", 1, null, LONG));
        } finally {
            jta.userTransaction().rollback();
        }
        Thread.currentThread().interrupt();
        refused("PSTEV34008", () -> waits.await("picky", 1, null, LONG));
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void aNodeThatStopsLetsThemGo() throws Exception {
        Node node = new Node("a", LONG).start(spec("ends", 3, writing("ends", failing((event, attempt, again) -> {}))));
        List<Future<Awaited>> waits = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            waits.add(callers.submit(() -> node.processor.waits().await("ends", 1, null, LONG)));
        }
        node.close();
        for (Future<Awaited> one : waits) {
            assertThatThrownBy(() -> one.get(4, TimeUnit.MINUTES)).hasStackTraceContaining("PSTEV34008");
        }
        refused("PSTEV34008", () -> node.processor.waits().await("ends", 1, null, LONG));
    }
}
