package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.PosteventException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What operates a subscription commits by itself, and so not where the caller has a transaction. */
class ChangeInTransactionIT extends ProcessorStage {

    private void refused(String what, ThrowingCallable change) throws Exception {
        jta.userTransaction().begin();
        try {
            assertThatThrownBy(change)
                    .isInstanceOfSatisfying(
                            PosteventException.class, e -> assertThat(e.code()).isEqualTo("PSTEV34006"))
                    .hasMessageContaining("cannot " + what)
                    .hasMessageContaining("outside of the transaction");
        } finally {
            jta.userTransaction().rollback();
        }
    }

    @Test
    void isRefusedThereAndDoneOutside() throws Exception {
        Processor processor = new Node("a", LONG)
                .start(spec("operated", 1, writing("operated", failing((event, attempt, again) -> {}))))
                .processor;
        refused("retry position 1 of operated", () -> processor.operations().retry("operated", 1, BY));
        refused("skip position 1 of operated", () -> processor.operations().skip("operated", 1, BY));
        refused("pause deliveries of operated", () -> processor.operations().pause("operated", BY));
        assertThat(processor.views().status()).singleElement().matches(status -> !status.paused());
        processor.operations().pause("operated", BY);
        await().atMost(LONG).until(() -> processor.views().status().get(0).paused());
        refused("resume deliveries of operated", () -> processor.operations().resume("operated", BY));
        assertThat(db.text("select paused from postevent_inbox.subscription")).isEqualTo("t");
    }
}
