package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.server.ServerSettings;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.ReportMarkRequest;
import dev.postevent.grpc.v1.Skipped;
import dev.postevent.grpc.v1.SubscribeRequest;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.eventlog.RemoteConsumers;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.ConsumerMark;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.Proxy;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the server does about what lasts too long, is too much, or cannot be: over a real database. */
class ServerLimitsIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final List<ManagedChannel> channels = new ArrayList<>();
    private final Wires wires = new Wires()
            .open()
            .with("postevent.grpc.client.report-interval", "100ms")
            .with("postevent.grpc.server.heartbeat", "100ms");

    @BeforeEach
    void makeTopic() {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareOutbox(List.of(Wires.ORDERS));
    }

    @AfterEach
    void close() throws Exception {
        channels.forEach(ManagedChannel::shutdownNow);
        wires.close();
    }

    private TopicServiceGrpc.TopicServiceBlockingStub stub(int port) {
        ManagedChannel channel = ManagedChannelBuilder.forAddress("127.0.0.1", port)
                .usePlaintext()
                .build();
        channels.add(channel);
        return TopicServiceGrpc.newBlockingStub(channel);
    }

    private void insert(int events) {
        db.execute("insert into postevent.orders (id, source, type) select 'e' || g, 'urn:test', 't' from"
                + " generate_series(1, " + events + ") g");
    }

    private static Status refused(Runnable call) {
        StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, call::run);
        assertThat(refused).as("not refused").isNotNull();
        return refused.getStatus();
    }

    /** A database that does not answer. */
    private static final class Stuck implements EventLog, Transport.Marks {
        private final CountDownLatch released = new CountDownLatch(1);

        private <T> T answer(T answer) {
            try {
                if (!released.await(5, TimeUnit.MINUTES)) {
                    throw new IllegalStateException("never released");
                }
                return answer;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public Origin origin(TopicName topic) {
            return answer(Origin.of("1", 1, 1));
        }

        @Override
        public long head(TopicName topic) {
            return answer(0L);
        }

        @Override
        public long settled(TopicName topic) {
            return answer(0L);
        }

        @Override
        public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            return answer(Range.of(List.of(), after));
        }

        @Override
        public boolean report(String principal, String name, TopicName topic, long mark, int namesMax) {
            return answer(true);
        }

        @Override
        public List<ConsumerMark> all() {
            return answer(List.of());
        }
    }

    @Test
    void aCallOfACallerWithoutADeadlineEndsAtTheLimitOfTheServer() {
        Stuck stuck = new Stuck();
        try {
            wires.with("postevent.grpc.call-limit", "300ms");
            TopicServiceGrpc.TopicServiceBlockingStub stub = stub(Wires.port(wires.server(stuck, stuck)));
            assertThat(refused(() -> stub.withDeadlineAfter(2, TimeUnit.MINUTES)
                            .head(HeadRequest.newBuilder().setTopic("orders").build())))
                    .satisfies(status -> {
                        assertThat(status.getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
                        assertThat(status.getDescription()).contains("the source", "300 ms");
                    });
            assertThat(refused(() -> stub.withDeadlineAfter(2, TimeUnit.MINUTES).reportMark(mark("c", 0))))
                    .extracting(Status::getDescription)
                    .asString()
                    .contains("the source", "300 ms");
        } finally {
            stuck.released.countDown();
        }
    }

    private static ReportMarkRequest mark(String consumer, long mark) {
        return ReportMarkRequest.newBuilder()
                .setTopic("orders")
                .setConsumer(consumer)
                .setMark(mark)
                .build();
    }

    private ServerSettings settings(Duration keepAlive, Duration age) {
        ServerSettings configured = wires.serverSettings();
        ServerSettings.Limits limits = configured.limits();
        return new ServerSettings(
                configured.address(),
                configured.port(),
                configured.tls(),
                configured.token(),
                configured.allowed(),
                new ServerSettings.Limits(
                        limits.read(),
                        limits.perPrincipal(),
                        new ServerSettings.ConnectionLimits(
                                limits.connections().max(),
                                keepAlive,
                                Duration.ofMillis(300),
                                age,
                                limits.connections().idleMax()),
                        limits.readsMax(),
                        limits.streamBufferBytesMax(),
                        limits.untakenBytesMax(),
                        Duration.ofMillis(300),
                        limits.heartbeat()));
    }

    private EventServer server(ServerSettings settings) {
        return wires.server(
                settings, new JdbcEventLog(db.dataSource(), Duration.ZERO), new RemoteConsumers(db.dataSource()));
    }

    @Test
    void aConnectionThatIsTooOldEndsAndTheClientMakesAnother() {
        EventServer server = server(settings(Duration.ofSeconds(20), Duration.ofMillis(300)));
        Transport.Source source = wires.source("grpc", Wires.port(server));
        source.feed().start(new Nothing());
        await().atMost(LONG)
                .until(() -> Integer.parseInt(source.feed().status().facts().getOrDefault("connects", "0")) >= 3);
    }

    @Test
    void aConnectionWithoutACallIsEndedAndTheNextCallMakesAnother() {
        wires.with("postevent.grpc.server.connection-idle-max", "1s");
        EventServer server = server(wires.serverSettings());
        Transport.Source source = wires.source("grpc", Wires.port(server));
        for (int call = 0; call < 2; call++) {
            assertThat(source.log().head(Wires.ORDERS)).isZero();
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(server.status().facts()).containsEntry("connections", "0"));
        }
    }

    @Test
    void aConnectionWhoseOtherEndIsGoneWithoutAWordIsFoundOut() {
        EventServer server = server(settings(Duration.ofMillis(300), Duration.ofHours(1)));
        try (Proxy network = new Proxy(Wires.port(server))) {
            Iterator<SubscribeResponse> stream = stub(network.port())
                    .subscribe(SubscribeRequest.newBuilder()
                            .setTopic("orders")
                            .setConsumer("c")
                            .build());
            assertThat(stream.next().hasWelcome()).isTrue();
            assertThat(server.status().connected()).containsKey(Wires.ORDERS);
            network.strand();
            await().atMost(LONG)
                    .untilAsserted(() -> assertThat(server.status().connected()).isEmpty());
        }
    }

    @Test
    void aPrincipalHasSoManyNamesAndNoMore() {
        insert(10);
        wires.with("postevent.grpc.server.consumers-per-principal-max", "3");
        int port = Wires.port(wires.server(db));
        db.execute("insert into postevent_internal.consumer (topic, consumer, mark) select 'orders', 'other/c' || g, 1"
                + " from generate_series(1, 5) g");
        TopicServiceGrpc.TopicServiceBlockingStub stub = stub(port);
        for (int name = 1; name <= 3; name++) {
            stub.reportMark(mark("c" + name, name));
        }
        assertThat(refused(() -> stub.reportMark(mark("c4", 1)))).satisfies(status -> {
            assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
            assertThat(status.getDescription()).contains("postevent.grpc.server.consumers-per-principal-max");
        });
        stub.reportMark(mark("c2", 9)); // one that it has
        assertThat(db.text("select string_agg(consumer || '=' || mark, ' ' order by consumer) from"
                        + " postevent_internal.consumer where consumer like 'anonymous%'"))
                .isEqualTo("anonymous/c1=1 anonymous/c2=9 anonymous/c3=3");
        db.execute("delete from postevent_internal.consumer where consumer = 'anonymous/c1'");
        stub.reportMark(mark("c4", 1));
    }

    @Test
    void aMarkAboveTheHeadIsRefused() {
        insert(10);
        int port = Wires.port(wires.server(db));
        TopicServiceGrpc.TopicServiceBlockingStub stub = stub(port);
        stub.reportMark(mark("c", 10));
        for (long mark : new long[] {11, Long.MAX_VALUE}) {
            assertThat(refused(() -> stub.reportMark(mark("c", mark))).getCode())
                    .isEqualTo(Status.Code.FAILED_PRECONDITION);
        }
        assertThat(db.number("select mark from postevent_internal.consumer")).isEqualTo(10);
        // what retention has removed was there
        assertThat(new JdbcEventLog(db.dataSource(), Duration.ZERO)
                        .read(Wires.ORDERS, 0, Long.MAX_VALUE, 100, 1000)
                        .settledThrough())
                .isEqualTo(10);
        db.execute("update postevent_internal.settled set gone = 10", "delete from postevent.orders");
        stub.reportMark(mark("c", 10));
    }

    @Test
    void aMarkThatIsRefusedShowsAtTheFeed() throws Exception {
        insert(10);
        int port = Wires.port(wires.server(db));
        Transport.Source source = wires.received(11).source("grpc", port);
        source.feed().start(new Nothing());
        await().atMost(LONG)
                .until(() -> String.valueOf(source.feed().status().detail()).contains("the mark is above"));
        assertThat(source.feed().status().state()).isEqualTo(Feed.State.STREAMING);
        insertOneMore();
        await().atMost(LONG).until(() -> source.feed().status().detail() == null);
    }

    private void insertOneMore() {
        db.execute("insert into postevent.orders (id, source, type) values ('one-more', 'urn:test', 't')");
    }

    @Test
    void whatAPersonHasToFixIsToldAsThatAndWithoutInternals() {
        int port = Wires.port(wires.server(db));
        Transport.Source source = wires.source("grpc", port);
        assertThat(source.log().head(Wires.ORDERS)).isZero();
        db.execute("alter table postevent.orders rename to moved");
        assertThat(refused(() -> stub(port)
                        .head(HeadRequest.newBuilder().setTopic("orders").build())))
                .satisfies(status -> {
                    assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
                    assertThat(status.getDescription())
                            .contains("PSTEV31041")
                            .doesNotContain("postevent.orders", "relation", "select");
                });
        source.feed().start(new Nothing());
        await().atMost(LONG)
                .until(() -> String.valueOf(source.feed().status().detail()).contains("FAILED_PRECONDITION"));
        assertThat(source.feed().status().detail()).contains("PSTEV31041", "Somebody has to act");
        assertThatThrownBy(() -> source.log().read(Wires.ORDERS, 0, 10, 10, 1000))
                .hasMessageContaining("FAILED_PRECONDITION");
        db.execute("alter table postevent.moved rename to orders");
        await().atMost(LONG).until(() -> source.feed().status().state() == Feed.State.STREAMING);
    }

    @Test
    void aHistoryOfWhichRetentionRemovedAPartSaysSoFirst() {
        insert(20);
        int port = Wires.port(wires.server(db));
        assertThat(new JdbcEventLog(db.dataSource(), Duration.ZERO)
                        .read(Wires.ORDERS, 0, Long.MAX_VALUE, 100, 1000)
                        .settledThrough())
                .isEqualTo(20);
        db.execute("update postevent_internal.settled set gone = 12", "delete from postevent.orders where idn <= 12");
        Iterator<SubscribeResponse> stream = stub(port)
                .subscribe(SubscribeRequest.newBuilder()
                        .setTopic("orders")
                        .setConsumer("c")
                        .setAfter(5)
                        .build());
        List<SubscribeResponse> taken = new ArrayList<>();
        while (taken.isEmpty() || !taken.get(taken.size() - 1).hasEntries()) {
            SubscribeResponse message = stream.next();
            if (!message.hasHeartbeat()) {
                taken.add(message);
            }
        }
        assertThat(taken).hasSize(3);
        assertThat(taken.get(0).hasWelcome()).isTrue();
        assertThat(taken.get(1).getSkipped().getReason()).contains("through position 12", "retention", "after 5");
        assertThat(taken.get(1).getSkipped().getCause()).isEqualTo(Skipped.Cause.REMOVED_BY_RETENTION);
        assertThat(taken.get(2).getEntries().getEntries(0).getPosition()).isEqualTo(13);

        Iterator<SubscribeResponse> whole = stub(port)
                .subscribe(SubscribeRequest.newBuilder()
                        .setTopic("orders")
                        .setConsumer("c2")
                        .setAfter(12)
                        .build());
        assertThat(whole.next().hasWelcome()).isTrue();
        SubscribeResponse second = whole.next();
        while (second.hasHeartbeat()) {
            second = whole.next();
        }
        assertThat(second.hasEntries()).as("nothing is missing after 12").isTrue();
    }

    private static final class Nothing implements Feed.Listener {
        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            // what comes is not looked at here
        }

        @Override
        public void onDoubt(String reason) {
            // nothing is kept here
        }
    }
}
