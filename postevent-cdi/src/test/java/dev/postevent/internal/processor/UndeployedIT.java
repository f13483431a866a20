package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.NotFoundException;
import dev.postevent.Operator;
import dev.postevent.PosteventException;
import dev.postevent.Subscriptions.Operation;
import dev.postevent.Subscriptions.Undeployed;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A subscription whose observer is gone is found, and deleted by an operator; none that somebody runs is. */
class UndeployedIT extends ProcessorStage {
    private static final Operator ANNA = Operator.of("anna", "replaced by billing");
    private static final Set<String> DEPLOYED = Set.of("billing");

    private SubscriptionSpec billing() {
        return spec("billing", 3, writing("billing", failing((event, attempt, again) -> {})));
    }

    /** Parks what it gets at positions that 5 divides. */
    private SubscriptionSpec former() {
        return spec("billing-v1", 1, writing("billing-v1", failing((event, attempt, again) -> {
            if (event.position() % 5 == 0) {
                throw new IllegalStateException("the former ledger is gone");
            }
        })));
    }

    private long rows(String table) {
        return db.number("select count(*) from postevent_inbox." + table + " where subscription = 'billing-v1'");
    }

    private Node afterTheFormerRelease() {
        Node former = new Node("a", LONG).start(former(), billing());
        storeAndTell(former, 20, 0);
        awaitEffects("billing", 20);
        await().atMost(LONG).until(() -> status(former, "billing-v1").parked() == 4);
        await().atMost(LONG).until(() -> status(former, "billing-v1").lag() == 0);
        former.close();
        return new Node("b", LONG).start(billing());
    }

    @Test
    void whatIsNotDeployedIsListedAndDeletedWithAllItHolds() {
        Node node = afterTheFormerRelease();
        assertThat(node.processor.operations().undeployed(DEPLOYED))
                .singleElement()
                .satisfies(left -> assertThat(left.name() + " " + left.topic() + " " + left.handled() + " "
                                + left.held() + " " + left.nodes())
                        .isEqualTo("billing-v1 orders 20 4 []"));
        assertThat(rows("held_event")).isEqualTo(4);
        assertThat(rows("attempt")).isEqualTo(4);

        node.processor.operations().delete("billing-v1", DEPLOYED, ANNA.withKey("once"));

        assertThat(node.processor.operations().undeployed(DEPLOYED)).isEmpty();
        for (String table : List.of("lane", "lease", "member", "held_event", "attempt")) {
            assertThat(rows(table)).as(table).isZero();
        }
        assertThat(effects("billing-v1")).isEqualTo(16);
        assertThat(node.processor.operations().operations("billing-v1", Long.MAX_VALUE, 10))
                .singleElement()
                .satisfies(done -> assertThat(done.action() + " " + done.operator() + " " + done.reason())
                        .isEqualTo(Operation.Action.DELETE + " anna replaced by billing"));
        // asked for again with its key it is done already; without, there is nothing of that name
        node.processor.operations().delete("billing-v1", DEPLOYED, ANNA.withKey("once"));
        assertThatThrownBy(() -> node.processor.operations().delete("billing-v1", DEPLOYED, ANNA))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("'billing-v1'");
    }

    @Test
    void anObserverThatIsGivenItsNameBeginsAnew() {
        afterTheFormerRelease().processor.operations().delete("billing-v1", DEPLOYED, ANNA);

        new Node("c", LONG).start(former());

        awaitEffects("billing-v1", 32);
        await().atMost(LONG).until(() -> rows("held_event") == 4);
    }

    @Test
    void whatAnotherNodeRunsIsNotDeleted() {
        Node former = new Node("a", LONG).start(former(), billing());
        storeAndTell(former, 20, 0);
        awaitEffects("billing-v1", 16);
        Node node = new Node("b", LONG).start(billing());
        assertThat(node.processor.operations().undeployed(DEPLOYED))
                .extracting(Undeployed::nodes)
                .containsExactly(Set.of("a"));

        assertThatThrownBy(() -> node.processor.operations().delete("billing-v1", DEPLOYED, ANNA))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("nodes [a] run it")
                .satisfies(e -> assertThat(((PosteventException) e).code()).isEqualTo("PSTEV34014"));
        assertThatThrownBy(() -> node.processor.operations().delete("billing", DEPLOYED, ANNA))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("it is deployed here")
                .satisfies(e -> assertThat(((PosteventException) e).code()).isEqualTo("PSTEV34013"));

        storeAndTell(former, 10, 0);
        awaitEffects("billing-v1", 24);
        assertThat(node.processor.operations().operations(null, Long.MAX_VALUE, 10))
                .isEmpty();
    }
}
