package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Operator;
import dev.postevent.Subscriptions.Explanation;
import dev.postevent.Subscriptions.Explanation.Cause;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Each cause for which a subscription is where it is, and what is to be done about it. */
class ExplainIT extends ProcessorStage {

    private Explanation explained(Node node, String name) {
        return node.processor.views().explain(name, TopicState.WELL);
    }

    private Explanation explained(Node node, String name, TopicState topic) {
        return node.processor.views().explain(name, topic);
    }

    private static void assertSays(Explanation explanation, Cause cause, String sentence, String next) {
        assertThat(explanation.cause()).isEqualTo(cause);
        assertThat(explanation.sentence()).contains(sentence);
        assertThat(explanation.next()).contains(next);
    }

    @Test
    void ofWorkAndOfNone() {
        CountDownLatch free = new CountDownLatch(1);
        Node node = new Node("a", LONG).start(oneLane("work", 1, writing("work", failing((event, attempt, again) -> {
            // each for less than what is slow
            boolean unused = free.await(1, TimeUnit.SECONDS);
        }))));
        assertSays(
                explained(node, "work"),
                Cause.UP_TO_DATE,
                "has handled everything there is, through position 0",
                "Nothing.");
        storeAndTell(node, 300, 0);
        await().atMost(LONG).until(() -> status(node, "work").lag() > 0);
        assertSays(explained(node, "work"), Cause.AT_WORK, "is at work, ", "work.concurrency");
        free.countDown();
        awaitEffects("work", 300);
        await().atMost(LONG).until(() -> explained(node, "work").cause() == Cause.UP_TO_DATE);
    }

    @Test
    void ofAPauseWithWhoPausedIt() {
        Node node =
                new Node("a", LONG).start(spec("paused", 1, writing("paused", failing((event, attempt, again) -> {}))));
        node.processor.operations().pause("paused", Operator.of("anna", "maintenance of the ledger"));
        assertSays(
                explained(node, "paused"), Cause.PAUSED, "is paused by anna (maintenance of the ledger, ", "Resume it");
    }

    @Test
    void ofWhatIsHeldAndOfTheLimit() {
        Node node = new Node("a", LONG)
                .start(new SpecBuilder("held", writing("held", failing((event, attempt, again) -> {
                            throw new IllegalStateException("never");
                        })))
                        .lanes(1)
                        .giveUp(new GiveUp(1, null))
                        .heldMax(4)
                        .build());
        storeAndTell(node, 2, 0);
        await().atMost(LONG).until(() -> status(node, "held").parked() == 2);
        assertSays(explained(node, "held"), Cause.HELD, "2 events are parked", "retry what can be handled now");
        storeAndTell(node, 10, 0);
        await().atMost(LONG).until(() -> explained(node, "held").cause() == Cause.LIMIT_REACHED);
        assertSays(explained(node, "held"), Cause.LIMIT_REACHED, "has 4 held events", "held.held-max");
    }

    @Test
    void ofAnObserverThatIsSlow() {
        CountDownLatch free = new CountDownLatch(1);
        Node node = new Node("a", LONG).start(oneLane("slow", 1, writing("slow", failing((event, attempt, again) -> {
            free.await();
        }))));
        storeAndTell(node, 1, 0);
        await().atMost(LONG).until(() -> explained(node, "slow").cause() == Cause.OBSERVER_SLOW);
        assertSays(
                explained(node, "slow"),
                Cause.OBSERVER_SLOW,
                "waits for its observer, which has been at position 1 for 1",
                "slow.transaction-timeout");
        free.countDown();
        awaitEffects("slow", 1);
    }

    @Test
    void ofANodeWithoutLanes() {
        SubscriptionSpec single = oneLane("single", 1, writing("single", failing((event, attempt, again) -> {})));
        Node first = new Node("a", Duration.ofMinutes(1)).start(single);
        Node second = new Node("b", Duration.ofMinutes(1)).start(single);
        await().atMost(LONG).until(() -> status(first, "single").owners().size() == 1);
        assertSays(explained(second, "single"), Cause.NO_LANES_HERE, "lanes by node: {a=1}", "postevent.lease");
    }

    @Test
    void ofItsTopic() {
        Node node =
                new Node("a", LONG).start(spec("topic", 1, writing("topic", failing((event, attempt, again) -> {}))));
        assertSays(
                explained(node, "topic", new TopicState("another source", "pid 1", "x", "y", "z")),
                Cause.TOPIC_STANDS_STILL,
                "another source",
                "Decide what the topic is now");
        assertSays(
                explained(
                        node, "topic", new TopicState(null, "position 7 by pid 4711 (application 'x')", "x", "y", "z")),
                Cause.GAP_HELD_OPEN,
                "pid 4711",
                "select pg_catalog.pg_terminate_backend(4711)");
        assertSays(
                explained(node, "topic", new TopicState(null, "prepared transaction 'it''s mine'", null, null, null)),
                Cause.GAP_HELD_OPEN,
                "it''s mine",
                "rollback prepared 'it''s mine'");
        assertSays(
                explained(node, "topic", new TopicState(null, "somebody at the source", null, null, null)),
                Cause.GAP_HELD_OPEN,
                "somebody at the source",
                "operators of the source");
        assertSays(
                explained(node, "topic", new TopicState(null, null, "position 7 is committed", "y", "z")),
                Cause.NOT_VISIBLE_YET,
                "position 7 is committed",
                "synchronous_standby_names");
        assertSays(
                explained(node, "topic", new TopicState(null, null, null, "the source refused", "z")),
                Cause.CATCH_UP_FAILING,
                "the source refused",
                "lets this application in");
        assertSays(
                explained(node, "topic", new TopicState(null, null, null, null, "slot lost")),
                Cause.FEED_DOWN,
                "events come late, by catch-up: slot lost",
                "docs/troubleshooting.md");
    }
}
