package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.util.Throwables.getStackTrace;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.EventType;
import dev.postevent.Live;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectWriter;
import dev.postevent.testing.LogLines;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.v1.CloudEventV1;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.enterprise.inject.Produces;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.EventMetadata;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.inject.Inject;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

        void generic(@Observes @Topic("orders") List<List<String>> event) {}

        @Subscription("list")
        void list(@Observes @Topic("orders") List<CloudEvent> events, Delivery delivery) {}

        @Live
        void liveList(@ObservesAsync @Topic("orders") List<CloudEvent> events) {}

        @Subscription("no spaces")
        void name(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription("shouts")
        void topic(@Observes @Topic("Orders!") CloudEvent event) {}

        @Live
        void liveTopic(@ObservesAsync @Topic("2nd") CloudEvent event) {}

        @Subscription("live")
        @Live
        void live(@ObservesAsync @Topic("orders") CloudEvent event) {}
    }

    public record Untyped(String customer) {}

    @ApplicationScoped
    public static class Unnamed {
        @Inject
        @Topic("orders")
        Event<Untyped> untyped;

        @Inject
        @Topic("orders")
        Event<Object> anything;

        @Inject
        @Topic("orders")
        Event<CloudEventV1> whole;

        void unnamed(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription("named")
        void named(@Observes @Topic("orders") CloudEvent event) {}

        @Live
        void live(@ObservesAsync @Topic("orders") CloudEvent event) {}
    }

    @ApplicationScoped
    @Topic("orders")
    public static class Strays {
        @Subscription("lost")
        void lost(CloudEvent event) {}

        @Subscription("inner")
        void inner(@Observes @EventType("a") CloudEvent event) {}

        @Live
        void alive(@ObservesAsync CloudEvent event) {}

        @Subscription("misplaced")
        void misplaced(@Observes @Topic("orders") CloudEvent event, @EventType("a") Right right) {}

        @Produces
        @Topic("orders")
        String made() {
            return "for no topic";
        }

        @Produces
        @Topic("bills")
        String kept = "for no topic";
    }

    /** As libraries add observers. */
    static final class Adds implements Extension {
        void add(@Observes AfterBeanDiscovery discovery) {
            discovery
                    .<CloudEvent>addObserverMethod()
                    .beanClass(Adds.class)
                    .observedType(CloudEvent.class)
                    .qualifiers(Topic.Literal.of("orders"))
                    .notifyWith(context -> {});
        }
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
                        .with("postevent.lease", "7")
                        .with("postevent.feed.url", "postgresql://shop:secret@db/shop")
                        .start()
                        .close())
                .hasStackTraceContaining("PSTEV20000: postevent found")
                .hasStackTraceContaining("'Bad Name' is not valid")
                .hasStackTraceContaining("the topic name 'Orders!' is not valid")
                .hasStackTraceContaining("Wrong.topic")
                .hasStackTraceContaining("the topic name '2nd' is not valid")
                .hasStackTraceContaining("are both the subscription 'twice'")
                .hasStackTraceContaining("transaction phase AFTER_SUCCESS")
                .hasStackTraceContaining("EventMetadata")
                .hasStackTraceContaining(
                        "Wrong.generic(): the event parameter has the type java.util.List<java.util.List")
                .hasStackTraceContaining("Wrong.list(): takes a list, and Delivery")
                .hasStackTraceContaining("Wrong.liveList(): a live observer is handed one event at a time")
                .hasStackTraceContaining("'no spaces' is not valid")
                .hasStackTraceContaining("@Subscription on an @ObservesAsync method")
                .hasStackTraceContaining("did you mean 'postevent.source'?")
                .hasStackTraceContaining("postevent.lease is '7', which has no unit: write 7s or 7m")
                .hasStackTraceContaining("postevent.feed.url is no URL of PostgreSQL's JDBC driver; expected jdbc:")
                .satisfies(thrown -> assertThat(getStackTrace(thrown)).doesNotContain("secret"));
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
    void whatIsKeptUnderANameIsNotNamedByTheCode() {
        assertThatThrownBy(() -> App.over(DB).beans(Unnamed.class).start().close())
                .hasStackTraceContaining("Unnamed.unnamed(): observes topic orders without @Subscription")
                .hasStackTraceContaining("its name was '" + Unnamed.class.getCanonicalName() + ".unnamed'")
                .hasStackTraceContaining(Untyped.class.getName() + " has no @EventType")
                .satisfies(thrown -> assertThat(faults(thrown))
                        .hasSize(2)
                        .noneMatch(fault ->
                                fault.contains("live") || fault.contains("named()") && !fault.contains("unnamed()")));
    }

    private static List<String> faults(Throwable thrown) {
        return getStackTrace(thrown)
                .lines()
                .filter(line -> line.startsWith("  - "))
                .distinct()
                .toList();
    }

    @Test
    void whatSaysSomethingAboutATopicWhereThereIsNoneIsAFault() {
        assertThatThrownBy(() -> App.over(DB)
                        .beans(Strays.class, Right.class)
                        .extension(new Adds())
                        .start()
                        .close())
                .hasStackTraceContaining("Strays.lost(): @Subscription on a method without @Observes @Topic")
                .hasStackTraceContaining("Strays.inner(): @Subscription on a method without @Observes @Topic")
                .hasStackTraceContaining("Strays.inner(): @EventType on a parameter without @Observes @Topic")
                .hasStackTraceContaining("Strays: @Topic on a class that is no EventPublisher")
                .hasStackTraceContaining("an observer of topic orders that was added by an extension")
                .hasStackTraceContaining("Strays.alive(): @Live on a method without @ObservesAsync @Topic")
                .hasStackTraceContaining("Strays.misplaced(): @EventType on a parameter without")
                .hasStackTraceContaining("Strays.made(): @Topic on a producer")
                .hasStackTraceContaining("Strays.kept: @Topic on a producer")
                .satisfies(thrown -> assertThat(faults(thrown)).hasSize(9));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "yesterday",
                "0",
                "-1",
                "NOW",
                "2026-01-31",
                "2026-01-31T00:00:00",
                "1234567890123456789",
                "+12026-01-31T00:00:00Z"
            })
    void aStartThatSaysNothingIsAFault(String start) {
        assertThatThrownBy(() -> App.over(DB)
                        .with("postevent.subscriptions.s.start", start)
                        .beans(EffectWriter.class)
                        .start()
                        .close())
                .hasStackTraceContaining("postevent.subscriptions.s.start is '" + start
                        + "', expected one of: beginning; now; a position from 1 on")
                .hasStackTraceContaining("or a time with its offset from UTC, such as 2026-01-31T00:00:00+01:00")
                .satisfies(thrown -> assertThat(faults(thrown)).hasSize(1));
    }

    @Test
    void aStartForAllSubscriptionsIsAFault() {
        assertThatThrownBy(() -> App.over(DB)
                        .with("postevent.subscriptions.defaults.start", "now")
                        .beans(EffectWriter.class)
                        .start()
                        .close())
                .hasStackTraceContaining("the configuration has the key 'postevent.subscriptions.defaults.start', which"
                        + " postevent does not know; that is said for one subscription at a time, with the key"
                        + " 'postevent.subscriptions.<subscription>.start'");
    }

    @ApplicationScoped
    public static class Unclear {
        void unclear(@ObservesAsync @Topic("orders") CloudEvent event) {}

        @Live
        @Subscription("durable")
        void durable(@Observes @Topic("orders") CloudEvent event) {}
    }

    @Test
    void aLiveObserverIsOneThatSaysSo() {
        assertThatThrownBy(() -> App.over(DB).beans(Unclear.class).start().close())
                .hasStackTraceContaining(
                        "Unclear.unclear(): observes topic orders with @ObservesAsync. If every event is to be"
                                + " handled, take @Observes with @Subscription")
                .hasStackTraceContaining("say so with @Live")
                .hasStackTraceContaining("Unclear.durable(): @Live on an @Observes method")
                .satisfies(thrown -> assertThat(faults(thrown)).hasSize(2));
    }

    public abstract static class Common {
        @Subscription("common")
        void common(@Observes @Topic("orders") CloudEvent event) {}
    }

    @ApplicationScoped
    public static class Heir extends Common {}

    @ApplicationScoped
    public static class SecondHeir extends Common {}

    /** Does what the fault advises. */
    @ApplicationScoped
    public static class HeirWithAnotherName extends Common {
        @Override
        @Subscription("another")
        void common(@Observes @Topic("orders") CloudEvent event) {
            super.common(event);
        }
    }

    @Test
    void anObserverThatTwoBeansInheritIsAFaultWithAdviceThatCanBeFollowed() {
        assertThatThrownBy(() ->
                        App.over(DB).beans(Heir.class, SecondHeir.class).start().close())
                .hasStackTraceContaining("Common.common() is an observer of two beans, ")
                .hasStackTraceContaining("DeploymentFaultsIT$Heir and ")
                .hasStackTraceContaining("DeploymentFaultsIT$SecondHeir, which would both be the subscription 'common'."
                        + " Override it in one of them, with a name of its own")
                .satisfies(thrown -> assertThat(faults(thrown)).hasSize(1));
        try (App app = App.over(DB).beans(Heir.class, HeirWithAnotherName.class).start()) {
            assertThat(app.get(Subscriptions.class).report().subscriptions())
                    .extracting(Subscriptions.Status::name)
                    .containsExactlyInAnyOrder("common", "another");
        }
    }

    @Test
    void aListOfTopicsIsWhole() {
        assertThatThrownBy(() -> App.over(DB)
                        .beans(Right.class)
                        .with("postevent.topics.names", "order,bills")
                        .start()
                        .close())
                .hasStackTraceContaining(
                        "the code has the topic 'orders', which is not one of postevent.topics.names [bills, order]; did"
                                + " you mean 'order'?");
        try (App app = App.over(DB)
                .beans(Right.class)
                .with("postevent.topics.names", "extra, orders")
                .start()) {
            assertThat(app.get(Subscriptions.class).report().topics()).hasSize(2);
        }
    }

    @ApplicationScoped
    public static class Misspelt {
        @Subscription("picking")
        void pick(@Observes @Topic("ordres") CloudEvent event) {}
    }

    @ApplicationScoped
    public static class Corrected {
        @Subscription("picking")
        void pick(@Observes @Topic("orders") CloudEvent event) {}
    }

    private static App picking(PostgresFixture.Db db, Class<?> observer) {
        return App.over(db)
                .beans(Right.class, observer)
                .with("postevent.application", "faults_" + db.name())
                .with("postevent.feed.kind", "polling")
                .start();
    }

    @Test
    void aTopicThatIsOnlyObservedIsNotMadeInSilence() {
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        String told;
        try (LogLines lines = new LogLines("dev.postevent", Level.WARNING)) {
            for (int start = 0; start < 2; start++) {
                picking(db, Misspelt.class).close();
            }
            assertThat(lines.with("topic ordres is new"))
                    .singleElement()
                    .asString()
                    .contains("Misspelt.pick()", "did you mean 'orders'?");
            assertThat(lines.with("topic orders is new")).isEmpty();
            told = lines.with("topic ordres is new").get(0);
        }

        db.execute(told.replaceAll("(?s).* run, as the owner of the tables: ", ""));
        try (App app = picking(db, Corrected.class)) {
            assertThat(app.get(Subscriptions.class).report().subscriptions())
                    .extracting(Subscriptions.Status::name, Subscriptions.Status::topic)
                    .containsExactly(tuple("picking", "orders"));
        }
        assertThat(db.text("select string_agg(part, ' ' order by part) from postevent_internal.schema_version"
                        + " where version = 1 and part like 'topic:%'"))
                .isEqualTo("topic:orders");
        assertThat(db.number("select (select count(*) from postevent_inbox.high_water_mark where topic = 'ordres')"
                        + " + (select count(*) from postevent_inbox.origin where topic = 'ordres')"))
                .isZero();
    }

    @Test
    void anApplicationThatDoesNotUseItNeedsNothing() {
        try (App app = App.over(DB).without("postevent.datasource").start()) {
            assertThat(app.threads()).isZero();
            assertThatThrownBy(() -> app.get(Subscriptions.class).status())
                    .hasMessageContainingAll("PSTEV20016", "it has no subscriptions");
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
