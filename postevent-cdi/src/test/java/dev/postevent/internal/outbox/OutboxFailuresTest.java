package dev.postevent.internal.outbox;

import static dev.postevent.testing.Answers.answering;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.PosteventException;
import dev.postevent.TransientFailureException;
import dev.postevent.internal.outbox.OutboxSettings.When;
import dev.postevent.internal.outbox.OutboxSettings.WithoutTransaction;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.transaction.Status;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.net.URI;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a failure of the database, or of the transaction around it, is told as. */
class OutboxFailuresTest {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final LogEntry ENTRY =
            LogEntry.at(1).id("1").source("/s").type("t").build();

    private static CloudEvent event() {
        return CloudEventBuilder.v1()
                .withId("1")
                .withSource(URI.create("/s"))
                .withType("t")
                .build();
    }

    @ParameterizedTest
    @CsvSource({
        "58030, PSTEV31020, false",
        "08006, PSTEV31020, true",
        "40001, PSTEV31024, true",
        "40P01, PSTEV31024, true",
    })
    void aPublishThatTheDatabaseRefusesSaysWhetherItPasses(String state, String code, boolean passes) {
        PosteventException failure = PublishFailure.ofPublishing(
                ORDERS, List.of(ENTRY), "5s", () -> "", new SQLException("of the server", state));
        assertThat(failure.code()).isEqualTo(code);
        assertThat(failure.isTransient()).isEqualTo(passes);
        assertThat(failure).hasMessageContainingAll("publishing 1 event to orders", "SQLSTATE " + state);
    }

    @Test
    void aTransactionThatCannotBeBegunPublishesNothing() {
        Outbox outbox = new Outbox(
                new OutboxSettings(1000, 1000, When.BEFORE_COMMIT, WithoutTransaction.OWN, 1 << 24),
                answering(DataSource.class, method -> {
                    throw new AssertionError("no connection is needed");
                }),
                answering(TransactionSynchronizationRegistry.class, method -> Status.STATUS_NO_TRANSACTION),
                answering(UserTransaction.class, method -> {
                    if (method.equals("begin")) {
                        throw new jakarta.transaction.SystemException("the manager is down");
                    }
                    return method.equals("getStatus") ? Status.STATUS_NO_TRANSACTION : null;
                }),
                List.of(ORDERS));
        assertThatThrownBy(() -> outbox.publish(ORDERS, List.of(event())))
                .isInstanceOf(PosteventException.class)
                .hasMessageContainingAll("PSTEV31036", "could not be begun", "the manager is down");
    }

    private static final Connection GONE = answering(Connection.class, method -> {
        throw new SQLException("the pool has lost it", "08006");
    });

    @Test
    void aConnectionThatIsNotTakenBackIsToldWithWhatWasWrongBefore() {
        Outbox outbox = new Outbox(
                new OutboxSettings(1000, 1000, When.BEFORE_COMMIT, WithoutTransaction.REJECT, 1 << 24),
                answering(DataSource.class, method -> GONE),
                answering(
                        TransactionSynchronizationRegistry.class,
                        method -> method.equals("getTransactionStatus") ? Status.STATUS_ACTIVE : null),
                answering(UserTransaction.class, method -> null),
                List.of(ORDERS));
        assertThatThrownBy(() -> outbox.publish(ORDERS, List.of(event())))
                .hasMessageContaining("PSTEV31027")
                .satisfies(failure -> assertThat(failure.getSuppressed()[0])
                        .hasMessageContainingAll("PSTEV31028", "giving back the connection", "the pool has lost it"));
    }

    @Test
    void aConnectionThatIsLostBeforeTheCommitLeavesItOpenWhatWasWritten() {
        OutboxStore store = new OutboxStore(1000, new SubjectLocks(answering(DataSource.class, method -> GONE)));
        assertThatThrownBy(() -> store.there(GONE, ORDERS, List.of(1L)))
                .isInstanceOf(TransientFailureException.class)
                .hasMessageContainingAll("PSTEV31032", "it must roll back", "the pool has lost it");
    }
}
