package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.StatusReport.FeedStatus;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.spi.Transport;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.Extension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever asks a transport for a source closes it: the application does, when it stops. */
class SourceLifeIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @TempDir
    Path library;

    @ApplicationScoped
    public static class Observer {
        @Subscription("keeper")
        void observe(@Observes @Topic("orders") CloudEvent event) {
            throw new IllegalStateException("nothing was sent");
        }
    }

    @ApplicationScoped
    public static class OfParcels {
        @Subscription("parcel-keeper")
        void observe(@Observes @Topic("parcels") CloudEvent event) {
            throw new IllegalStateException("nothing was sent");
        }
    }

    @BeforeEach
    void pigeonsAreInTheApplication() throws IOException {
        Files.writeString(services(), PigeonTransport.class.getName());
        PigeonTransport.fresh();
    }

    private Path services() throws IOException {
        return Files.createDirectories(library.resolve("META-INF/services")).resolve(Transport.class.getName());
    }

    private App.Builder anApplication() throws IOException {
        return App.over(db)
                .services(library.toUri().toURL())
                .with("postevent.topics.orders.remote.uri", "pigeon://loft-7:1,loft-8:1/orders")
                .beans(Observer.class);
    }

    private List<String> aLife() throws IOException {
        try (App app = anApplication().start()) {
            await().atMost(LONG).until(() -> PigeonTransport.TOLD.containsAll(List.of("feed start", "read")));
            assertThat(app.get(Subscriptions.class).report().feeds())
                    .singleElement()
                    .satisfies(feed -> {
                        assertThat(feed.kind()).isEqualTo(FeedStatus.Kind.STREAM);
                        assertThat(feed.engine()).isEqualTo("pigeon");
                        assertThat(feed.state()).isEqualTo(FeedStatus.State.STREAMING);
                        assertThat(feed.detail()).isEmpty();
                    });
            assertThat(app.get(Subscriptions.class).report().topics())
                    .singleElement()
                    .satisfies(topic -> {
                        assertThat(topic.head()).as("never heard of").isEmpty();
                        assertThat(topic.mark()).hasValue(0);
                    });
        }
        return new ArrayList<>(PigeonTransport.TOLD);
    }

    @Test
    void aSourceIsClosedOnceAfterItsFeedAndBeforeItsLink() throws IOException {
        List<String> told = aLife();
        assertThat(told)
                .containsSubsequence(
                        "connect pigeon://loft-7:1,loft-8:1/orders", "feed start", "feed stop", "close", "link stop")
                .containsOnlyOnce("close", "feed stop", "link stop");
        assertThat(told.subList(told.indexOf("close"), told.size())).doesNotContain("read", "feed start");
    }

    @Test
    void oneThatCannotBeClosedHoldsUpNobodyElse() throws IOException {
        PigeonTransport.throwsWhenClosed = true;
        assertThat(aLife()).endsWith("close", "link stop");
    }

    /** One whose catch-up and whose subscription, which begins now, wait for an answer. */
    private App oneThatReads(App.Builder application) {
        App app =
                application.with("postevent.subscriptions.keeper.start", "now").start();
        await().atMost(LONG).until(() -> PigeonTransport.READING.get() == 2);
        return app;
    }

    @Test
    void aSourceIsNotClosedWhileItsLogIsReadAndNotReadAfterwards() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        PigeonTransport.gate = gate;
        App app = oneThatReads(anApplication());
        Thread stop = new Thread(app::close, "stop");
        stop.start();
        try {
            await().atMost(LONG)
                    .until(() -> PigeonTransport.TOLD.contains("feed stop")
                            && (stop.getState() == Thread.State.TIMED_WAITING
                                    || PigeonTransport.TOLD.contains("link stop")));
        } finally {
            gate.countDown();
            stop.join(LONG.toMillis());
        }
        List<String> told = new ArrayList<>(PigeonTransport.TOLD);
        assertThat(told).containsSubsequence("feed stop", "read end", "read end", "close", "link stop");
        assertThat(told.subList(told.indexOf("close"), told.size())).doesNotContain("read", "read end");
    }

    @Test
    void oneThatIsReadBeyondTheStopLimitIsClosedAllTheSame() throws IOException {
        PigeonTransport.gate = new CountDownLatch(1);
        oneThatReads(anApplication().with("postevent.stop-limit", "100ms")).close();
        await().atMost(LONG).until(() -> PigeonTransport.READING.get() == 0);
        assertThat(new ArrayList<>(PigeonTransport.TOLD)).containsSubsequence("close", "link stop", "read end");
    }

    /** Has what stops the application when the container does, before that has begun. */
    public static final class Container implements Extension {
        private volatile BeanManager beans;

        void is(@Observes AfterBeanDiscovery event, BeanManager manager) {
            beans = manager;
        }

        void stopsTheApplication() {
            // not by an event: the stop shall wait for the start, and not the container's event
            beans.getExtension(PosteventExtension.class).stop(new Shutdown());
        }
    }

    @Test
    void aStopDuringTheStartLeavesNoFeedThatIsStartedAfterIt() throws Exception {
        Container container = new Container();
        Thread stop = new Thread(container::stopsTheApplication, "stop");
        PigeonTransport.whenStarted = () -> {
            PigeonTransport.whenStarted = null;
            stop.start();
            // it waits for this start, or it is over before the other feed is started
            await().atMost(LONG)
                    .until(() -> stop.getState() == Thread.State.BLOCKED || PigeonTransport.TOLD.contains("link stop"));
        };
        try (App app = anApplication()
                .with("postevent.topics.parcels.remote.uri", "pigeon://loft-9:1/parcels")
                .beans(Observer.class, OfParcels.class)
                .extension(container)
                .start()) {
            stop.join(LONG.toMillis());
            assertThat(app.get(Subscriptions.class).report().feeds())
                    .hasSize(2)
                    .allSatisfy(feed -> assertThat(feed.state()).isEqualTo(FeedStatus.State.STOPPED));
        }
        List<String> told = new ArrayList<>(PigeonTransport.TOLD);
        assertThat(told.subList(told.indexOf("feed stop"), told.size()))
                .doesNotContain("feed start")
                .endsWith("link stop");
        assertThat(told).filteredOn("close"::equals).hasSize(2);
    }

    /** Another transport, whose links cannot be opened. */
    public static final class Crows extends PigeonTransport {
        @Override
        public Set<String> schemes() {
            return Set.of("crow");
        }

        @Override
        Link opened() {
            throw new IllegalStateException("crows carry nothing");
        }
    }

    @Test
    void whatWasConnectedBeforeOneThatCannotBeIsClosed() throws IOException {
        App.Builder application = anApplication()
                .with("postevent.topics.parcels.remote.uri", "pigeon://nowhere:1/parcels")
                .beans(Observer.class, OfParcels.class);
        assertThatThrownBy(application::start).hasStackTraceContaining("no pigeon flies there");
        assertThat(new ArrayList<>(PigeonTransport.TOLD))
                .containsExactly(
                        "connect pigeon://loft-7:1,loft-8:1/orders",
                        "connect pigeon://nowhere:1/parcels",
                        "close",
                        "link stop");
    }

    @Test
    void whatWasOpenedBeforeOneThatCannotBeIsStopped() throws IOException {
        Files.writeString(services(), PigeonTransport.class.getName() + "\n" + Crows.class.getName());
        assertThatThrownBy(anApplication()::start).hasStackTraceContaining("crows carry nothing");
        assertThat(new ArrayList<>(PigeonTransport.TOLD)).containsExactly("link stop");
    }
}
