package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.EventPublisher;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.enterprise.inject.spi.EventMetadata;
import jakarta.inject.Inject;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Faults are found at deployment, all of them, each with what to do. */
class DeploymentFaultsIT {
    private static final PostgresFixture.Db DB = PostgresFixture.shared().newDatabase();

    @ApplicationScoped
    public static class Wrong {
        @Inject
        @Topic("Bad Name")
        EventPublisher bad;

        @Subscription("twice")
        void one(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription("twice")
        void other(@Observes @Topic("orders") CloudEvent event) {}

        void phase(@Observes(during = TransactionPhase.AFTER_SUCCESS) @Topic("orders") CloudEvent event) {}

        void metadata(@Observes @Topic("orders") CloudEvent event, EventMetadata metadata) {}

        void generic(@Observes @Topic("orders") List<String> event) {}

        @Subscription("no spaces")
        void name(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription("live")
        void live(@ObservesAsync @Topic("orders") CloudEvent event) {}
    }

    @ApplicationScoped
    public static class Right {
        @Inject
        @Topic("orders")
        EventPublisher orders;
    }

    @Test
    void allFaultsOfTheCodeAreReportedTogether() {
        assertThatThrownBy(() -> App.over(DB)
                        .beans(Wrong.class)
                        .with("postevent.sourc", "x")
                        .with("postevent.lease-millis", "7")
                        .start()
                        .close())
                .hasStackTraceContaining("'Bad Name' is not valid")
                .hasStackTraceContaining("are both the subscription 'twice'")
                .hasStackTraceContaining("transaction phase AFTER_SUCCESS")
                .hasStackTraceContaining("EventMetadata")
                .hasStackTraceContaining("java.util.List")
                .hasStackTraceContaining("'no spaces' is not valid")
                .hasStackTraceContaining("@Subscription on an @ObservesAsync method")
                .hasStackTraceContaining("did you mean 'postevent.source'?")
                .hasStackTraceContaining("postevent.lease-millis is '7'");
    }

    @Test
    void aMissingDataSourceIsNamedWithItsKey() {
        assertThatThrownBy(() -> App.over(DB)
                        .beans(Right.class)
                        .without("postevent.datasource")
                        .start()
                        .close())
                .hasStackTraceContaining("postevent.datasource is not set");
        assertThatThrownBy(() -> App.over(DB)
                        .beans(Right.class)
                        .with("postevent.datasource", "jdbc/wrong")
                        .start()
                        .close())
                .hasStackTraceContaining("postevent.datasource is 'jdbc/wrong'");
    }

    @Test
    void anApplicationThatDoesNotUseItNeedsNothing() {
        try (App app = App.over(DB).without("postevent.datasource").start()) {
            assertThat(app.threads()).isZero();
        }
    }

    @Test
    void aKeyOfASubscriptionThatDoesNotExistIsUnknown() {
        assertThatThrownBy(() -> App.over(DB)
                        .beans(Right.class)
                        .with("postevent.subscriptions.nobody.lanes", "3")
                        .start()
                        .close())
                .hasStackTraceContaining("postevent.subscriptions.nobody.lanes");
    }
}
