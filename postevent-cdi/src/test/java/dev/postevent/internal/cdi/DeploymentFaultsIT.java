package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.EventPublisher;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
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

        @Subscription("shouts")
        void topic(@Observes @Topic("Orders!") CloudEvent event) {}

        void liveTopic(@ObservesAsync @Topic("2nd") CloudEvent event) {}

        @Subscription("live")
        void live(@ObservesAsync @Topic("orders") CloudEvent event) {}
    }

    @ApplicationScoped
    public static class Unnamed {
        void unnamed(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription("named")
        void named(@Observes @Topic("orders") CloudEvent event) {}

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
                .hasStackTraceContaining("the topic name 'Orders!' is not valid")
                .hasStackTraceContaining("Wrong.topic")
                .hasStackTraceContaining("the topic name '2nd' is not valid")
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
    void aMissingThreadFactoryIsNamedWithItsKey() {
        assertThatThrownBy(() -> App.over(DB)
                        .beans(Right.class)
                        .with("postevent.thread-factory", "concurrent/nowhere")
                        .start()
                        .close())
                .hasStackTraceContaining("postevent.thread-factory is 'concurrent/nowhere'");
    }

    @Test
    void aVariableOfTheEnvironmentThatIsNoKeyIsAFault() {
        assertThatThrownBy(() -> App.over(DB)
                        .beans(Right.class)
                        .with("POSTEVENT_FEED_PASWORD", "x")
                        .start()
                        .close())
                .hasStackTraceContaining("did you mean 'POSTEVENT_FEED_PASSWORD'?");
    }

    @Test
    void aSubscriptionWithoutANameIsWarnedOfAndANamedOneIsNot() {
        List<String> warnings = new CopyOnWriteArrayList<>();
        Handler listener = new Handler() {
            @Override
            public void publish(LogRecord line) {
                if (line.getLevel() == Level.WARNING) {
                    warnings.add(line.getMessage());
                }
            }

            @Override
            public void flush() {
                // nothing is kept back
            }

            @Override
            public void close() {
                // nothing is open
            }
        };
        Logger log = Logger.getLogger("dev.postevent");
        log.addHandler(listener);
        try (App app = App.over(DB).beans(Unnamed.class).start()) {
            assertThat(app.get(Subscriptions.class).report().subscriptions())
                    .extracting(Subscriptions.Status::name)
                    .containsExactlyInAnyOrder("named", Unnamed.class.getCanonicalName() + ".unnamed");
        } finally {
            log.removeHandler(listener);
        }
        assertThat(warnings.stream().filter(warning -> warning.contains("@Subscription")))
                .singleElement()
                .satisfies(warning -> assertThat(warning)
                        .contains("its name is '" + Unnamed.class.getCanonicalName() + ".unnamed'")
                        .contains("renaming class or method begins a new subscription"));
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
