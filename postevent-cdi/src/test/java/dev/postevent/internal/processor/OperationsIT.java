package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.HeldFilter;
import dev.postevent.NotHeldException;
import dev.postevent.Operator;
import dev.postevent.PosteventException;
import dev.postevent.Subscriptions;
import dev.postevent.Subscriptions.HeldEvent.State;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** Operators mean many events at once, and what they did is kept. */
class OperationsIT extends ProcessorStage {
    private static final Operator ANNA = Operator.of("anna", "the ledger is up again");

    private final AtomicBoolean broken = new AtomicBoolean(true);

    /** Parks every event while something is broken; every third one for another cause. */
    private Node parking(String name, int events, int subjects) {
        Node node = new Node("a", LONG)
                .start(new SpecBuilder(name, writing(name, failing((event, attempt, again) -> {
                            if (broken.get()) {
                                throw new IllegalStateException(event.position() % 3 == 0 ? "Timed out" : "refused");
                            }
                        })))
                        .giveUp(new GiveUp(1, null))
                        .heldMax(10_000)
                        .build());
        storeAndTell(node, events, subjects);
        await().atMost(LONG)
                .until(() -> status(node, name).held() == events
                        && status(node, name).waiting() == 0);
        return node;
    }

    private List<Subscriptions.Operation> operations(Node node, String name) {
        return node.processor.operations().operations(name, Long.MAX_VALUE, 100);
    }

    @Test
    void allThatMatchAreRetriedAndNoOthers() {
        Node node = parking("bulk", 780, 0);
        HeldFilter timeouts = HeldFilter.of("bulk").states(State.PARKED).causeContaining("timed out");
        assertThat(node.processor.views().countHeld(timeouts)).isEqualTo(260);
        broken.set(false);

        assertThat(node.processor.operations().retryAll(timeouts, ANNA)).isEqualTo(260);

        awaitEffects("bulk", 260);
        assertThat(db.number("select count(*) from effect where position % 3 <> 0"))
                .isZero();
        assertOnceAndInOrder("bulk", 260);
        assertThat(status(node, "bulk").parked()).isEqualTo(520);
        assertThat(operations(node, "bulk")).singleElement().satisfies(done -> {
            assertThat(done.action()).isEqualTo(Subscriptions.Operation.Action.RETRY);
            assertThat(done.what()).isEqualTo("all [PARKED] with a cause that has 'timed out'");
            assertThat(done.operator() + ": " + done.reason()).isEqualTo("anna: the ledger is up again");
            assertThat(done.node()).isEqualTo("a");
            assertThat(done.changed()).isEqualTo(260);
            assertThat(done.ended()).isPresent();
        });
        // more than one part
        assertThat(node.processor.operations().retryAll(HeldFilter.of("bulk"), ANNA))
                .isEqualTo(520);
        awaitEffects("bulk", 780);
        assertOnceAndInOrder("bulk", 780);
    }

    @Test
    void aSequenceIsGivenUpAndWhatDoesNotMatchFollows() {
        Node node = parking("sequence", 60, 3);
        broken.set(false);
        HeldFilter first = HeldFilter.of("sequence").subject("s1");
        assertThat(node.processor.views().countHeld(first)).isEqualTo(20);
        // s1 as a whole
        assertThat(node.processor.operations().skipAll(first, ANNA)).isEqualTo(20);
        // of s2 the head only: the others follow by themselves
        assertThat(node.processor
                        .operations()
                        .skipAll(HeldFilter.of("sequence").subject("s2").states(State.PARKED), ANNA))
                .isEqualTo(1);
        awaitEffects("sequence", 19);
        await().atMost(LONG).until(() -> status(node, "sequence").held() == 20);
        assertThat(db.text("select string_agg(distinct subject, ' ') from effect"))
                .isEqualTo("s2");
        assertOnceAndInOrder("sequence", 19);
        storeAndTell(node, 6, 3);
        // two more of s1 and s2 each; s0 is held as before
        awaitEffects("sequence", 23);
        assertOnceAndInOrder("sequence", 23);
    }

    @Test
    void filtersMeanWhatTheySay() {
        Node node = parking("filters", 30, 0);
        SubscriptionViews views = node.processor.views();
        HeldFilter all = HeldFilter.of("filters");
        assertThat(views.countHeld(all)).isEqualTo(30);
        assertThat(views.countHeld(all.type("t"))).isEqualTo(30);
        assertThat(views.countHeld(all.type("u"))).isZero();
        assertThat(views.countHeld(all.states(State.WAITING, State.BEHIND))).isZero();
        assertThat(views.countHeld(all.positions(5, 9))).isEqualTo(5);
        assertThat(views.countHeld(all.failedBefore(Instant.now().plusSeconds(60))))
                .isEqualTo(30);
        assertThat(views.countHeld(all.failedBefore(Instant.now().minusSeconds(3_600))))
                .isZero();
        assertThat(views.countHeld(all.causeContaining("%"))).isZero();
        assertThat(views.held(all.causeContaining("REFUSED"), 10, 3))
                .extracting(Subscriptions.HeldEvent::position)
                .containsExactly(11L, 13L, 14L);
        assertThat(views.held(all, 29, 10)).singleElement().satisfies(last -> {
            assertThat(last.type()).contains("t");
            assertThat(last.eventId()).contains("e30");
        });
    }

    @Test
    void aKeyChangesOnceAndWhatBrokeOffGoesOn() {
        Node node = parking("keys", 4, 0);
        SubscriptionOperations operations = node.processor.operations();
        Operator keyed = ANNA.withKey("request 1");
        operations.skip("keys", 1, keyed);
        // not held any more, which without the key would be refused
        operations.skip("keys", 1, keyed);
        assertThatThrownBy(() -> operations.skip("keys", 1, ANNA)).isInstanceOf(NotHeldException.class);
        assertThatThrownBy(() -> operations.skip("keys", 2, keyed))
                .isInstanceOfSatisfying(
                        PosteventException.class, e -> assertThat(e.code()).isEqualTo("PSTEV34009"));
        assertThat(operations(node, "keys")).hasSize(1);
        // as a node leaves it that dies between two parts
        Operator broken = ANNA.withKey("request 2");
        assertThat(operations.skipAll(HeldFilter.of("keys").positions(2, 2), broken))
                .isEqualTo(1);
        db.execute("update postevent_inbox.operation set what = 'all held', ended_at = null where key = 'request 2'");
        assertThat(operations.skipAll(HeldFilter.of("keys"), broken)).isEqualTo(3);
        assertThat(operations.skipAll(HeldFilter.of("keys"), broken)).isEqualTo(3);
        assertThat(operations(node, "keys"))
                .extracting(Subscriptions.Operation::changed)
                .containsExactly(3L, 1L);
        assertThat(operations(node, "keys"))
                .allSatisfy(done -> assertThat(done.ended()).isPresent());
    }

    @Test
    void whatIsRefusedIsNotKeptAndWhatIsListedIsTheNewestFirst() {
        Node node = parking("listed", 2, 0);
        SubscriptionOperations operations = node.processor.operations();
        assertThatThrownBy(() -> operations.retry("listed", 77, ANNA)).isInstanceOf(NotHeldException.class);
        operations.pause("listed", ANNA);
        operations.resume("listed", Operator.of("ben", "all is well"));
        List<Subscriptions.Operation> listed = operations(node, "listed");
        assertThat(listed)
                .extracting(done -> done.operator() + " " + done.action())
                .containsExactly("ben RESUME", "anna PAUSE");
        assertThat(operations.operations("listed", listed.get(0).id(), 10)).containsExactly(listed.get(1));
        assertThat(operations.operations(null, Long.MAX_VALUE, 10)).isEqualTo(listed);
        assertThat(operations.operations("other", Long.MAX_VALUE, 10)).isEmpty();
        // a request that comes once more after it was taken back
        Operator keyed = ANNA.withKey("pause 1");
        operations.pause("listed", keyed);
        operations.resume("listed", ANNA);
        operations.pause("listed", keyed);
        assertThat(status(node, "listed").paused()).isFalse();
    }
}
