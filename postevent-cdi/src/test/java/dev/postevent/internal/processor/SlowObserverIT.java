package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Observers whose transaction lasts longer than what their node does meanwhile, at every isolation a database may have by default. */
class SlowObserverIT extends ProcessorStage {
    private static final Duration LEASE = Duration.ofMillis(900);

    /** For connections that are made from now on. */
    private void isolation(String level) {
        db.execute("alter database " + db.name() + " set default_transaction_isolation = '" + level + "'");
    }

    /** Waits until node a has renewed its lanes so often. */
    private void awaitRenewals(int times) {
        String sign = "select expires::text from postevent_inbox.member where node = 'a'";
        for (int i = 0; i < times; i++) {
            String before = db.text(sign);
            await().atMost(LONG).until(() -> !before.equals(db.text(sign)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
    void anObserverSlowerThanARenewalIsCommittedAtTheFirstTry(String level) {
        isolation(level);
        AtomicInteger calls = new AtomicInteger();
        Node node = new Node("a", LEASE).start(oneLane("slow", 3, writing("slow", failing((event, attempt, again) -> {
            // not for ever, if it is not
            if (calls.incrementAndGet() <= 3) {
                awaitRenewals(2);
            }
        }))));
        storeAndTell(node, 1, 1);
        awaitEffects("slow", 1);
        assertThat(calls).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"read committed", "repeatable read", "serializable"})
    void aRetrySlowerThanARenewalIsCommittedAtTheFirstTry(String level) {
        isolation(level);
        AtomicInteger calls = new AtomicInteger();
        Node node = new Node("a", LEASE).start(oneLane("held", 3, writing("held", failing((event, attempt, again) -> {
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("once");
            } else if (calls.get() <= 4) {
                awaitRenewals(2);
            }
        }))));
        storeAndTell(node, 1, 1);
        awaitEffects("held", 1);
        assertThat(calls).hasValue(2);
        assertThat(db.number("select attempt from effect")).isEqualTo(2);
    }

    /** The rows of the other lanes change all the time; that must be nothing to this one. */
    @ParameterizedTest
    @ValueSource(strings = {"read committed", "repeatable read"})
    void anObserverSlowerThanOtherLanesIsCommittedAtTheFirstTry(String level) {
        isolation(level);
        AtomicInteger calls = new AtomicInteger();
        Node node = new Node("a", LONG).start(spec("beside", 3, writing("beside", failing((event, attempt, again) -> {
            if (event.position() == 1 && calls.incrementAndGet() == 1) {
                await().atMost(LONG).until(() -> effects("beside") >= 100);
            }
        }))));
        storeAndTell(node, 200, 0);
        awaitEffects("beside", 200);
        assertThat(calls).hasValue(1);
        assertOnceAndInOrder("beside", 200);
    }

    @Test
    void anObserverSlowerThanTheLeaseKeepsItsLaneFromOthersAsLongAsItsNodeLives() {
        isolation("repeatable read");
        AtomicInteger calls = new AtomicInteger();
        Node node = new Node("a", LEASE).start(oneLane("kept", 3, writing("kept", failing((event, attempt, again) -> {
            if (calls.incrementAndGet() <= 3) {
                awaitRenewals(6);
            }
        }))));
        new Node("b", LEASE).start(oneLane("kept", 3, writing("kept", failing((event, attempt, again) -> {
            calls.incrementAndGet();
        }))));
        storeAndTell(node, 1, 1);
        awaitEffects("kept", 1);
        assertThat(calls).hasValue(1);
        assertThat(db.text("select owner || ' ' || epoch from postevent_inbox.lane"))
                .isEqualTo("a 1");
    }
}
