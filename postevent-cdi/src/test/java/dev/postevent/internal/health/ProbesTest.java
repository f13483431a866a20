package dev.postevent.internal.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.internal.health.Disclosure.Details;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.spi.HealthCheckResponseProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ProbesTest {
    /** What a server puts answers together with. */
    private static final class Answer extends HealthCheckResponseBuilder {
        private final Map<String, Object> data = new TreeMap<>();
        private String name = "";
        private boolean up;

        @Override
        public HealthCheckResponseBuilder name(String of) {
            name = of;
            return this;
        }

        @Override
        public HealthCheckResponseBuilder withData(String key, String value) {
            data.put(key, value);
            return this;
        }

        @Override
        public HealthCheckResponseBuilder withData(String key, long value) {
            data.put(key, value);
            return this;
        }

        @Override
        public HealthCheckResponseBuilder withData(String key, boolean value) {
            data.put(key, value);
            return this;
        }

        @Override
        public HealthCheckResponseBuilder up() {
            return status(true);
        }

        @Override
        public HealthCheckResponseBuilder down() {
            return status(false);
        }

        @Override
        public HealthCheckResponseBuilder status(boolean is) {
            up = is;
            return this;
        }

        @Override
        public HealthCheckResponse build() {
            return new HealthCheckResponse(
                    name, up ? HealthCheckResponse.Status.UP : HealthCheckResponse.Status.DOWN, Optional.of(data));
        }
    }

    private record OneNode(Disclosure disclosure, String dead) implements Pulse {
        @Override
        public String application() {
            return "shop";
        }

        @Override
        public String node() {
            return "host7-1";
        }

        @Override
        public boolean isReady(StatusReport report) {
            return report.faults().isEmpty();
        }
    }

    @BeforeAll
    static void serverIsThere() {
        HealthCheckResponse.setResponseProvider(new HealthCheckResponseProvider() {
            @Override
            public HealthCheckResponseBuilder createResponseBuilder() {
                return new Answer();
            }
        });
    }

    @AfterAll
    static void serverIsGone() {
        HealthCheckResponse.setResponseProvider(null);
    }

    /** A server may have several applications, and their checks have one name. */
    @Test
    void tellsWhoseAnswerItIsWhateverElseIsTold() {
        for (Details details : Details.values()) {
            for (HealthCheckResponse answer : List.of(
                    live(details, null).call(), ready(disclosure(details), WELL).call())) {
                assertThat(answer.getName()).isEqualTo("postevent");
                assertThat(answer.getStatus()).isEqualTo(HealthCheckResponse.Status.UP);
                assertThat(data(answer)).containsEntry("application", "shop");
            }
        }
    }

    @Test
    void withoutDetailsNothingElseIsTold() {
        HealthCheckResponse answer = ready(disclosure(Details.NONE), TROUBLED).call();
        assertThat(answer.getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(data(answer)).isEqualTo(Map.of("application", "shop"));

        answer = live(Details.NONE, "the timer is dead").call();
        assertThat(answer.getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(data(answer)).isEqualTo(Map.of("application", "shop"));
    }

    @Test
    void withFaultsWhatIsWrongIsToldAndNothingElse() {
        assertThat(data(ready(disclosure(Details.FAULTS), TROUBLED).call()))
                .isEqualTo(Map.of("application", "shop", "fault.1", FAULT));
        assertThat(data(ready(disclosure(Details.FAULTS), WELL).call())).isEqualTo(Map.of("application", "shop"));
        assertThat(data(live(Details.FAULTS, "the timer is dead").call()))
                .isEqualTo(Map.of("application", "shop", "dead", "the timer is dead"));
    }

    @Test
    void withAllEverythingIsToldButWhoTheConsumersAre() {
        Map<String, Object> data = data(ready(disclosure(Details.ALL), TROUBLED).call());
        assertThat(data)
                .containsEntry("node", "host7-1")
                .containsEntry("fault.1", FAULT)
                .containsEntry("feed.1.name", "local topics")
                .containsEntry("feed.1.kind", "stream")
                .containsEntry("feed.1.engine", "debezium")
                .containsEntry("feed.1.state", "STREAMING")
                .containsEntry("feed.1.slot", "postevent_shop")
                .containsEntry("feed.1.lag_bytes", 512L)
                .doesNotContainKeys("feed.1.detail", "feed.1.colour", "feed.1.not_visible.orders")
                .containsEntry("topic.1.name", "orders")
                .containsEntry("topic.1.head", 9L)
                .containsEntry("topic.1.blocker", "prepared transaction 'x'")
                .containsEntry("topic.1.not_visible", "position 7")
                .containsEntry("topic.1.held", "position 8")
                .containsEntry("topic.1.consumers", 30L)
                .containsEntry("subscription.1.name", "shipping")
                .containsEntry("subscription.1.topic", "orders")
                .containsEntry("subscription.1.lag", 4L)
                .containsEntry("subscription.1.lag_millis", 500L)
                .containsEntry("subscription.1.held", 7L)
                .containsEntry("subscription.1.waiting", 1L)
                .containsEntry("subscription.1.failing_millis", 180_000L)
                .containsEntry("subscription.1.parked", 4L)
                .containsEntry("subscription.1.paused", false)
                .containsEntry("subscription.1.start", "beginning")
                .containsEntry("subscription.1.owner.1.node", "host7-1")
                .containsEntry("subscription.1.owner.1.lanes", 16L)
                .containsEntry("server.1.kind", "grpc")
                .containsEntry("server.1.listening", true)
                .containsEntry("server.1.port", 7443L)
                .containsEntry("consumer.1.topic", "orders")
                .containsEntry("consumer.1.lag", 29L)
                .doesNotContainKey("consumer.1.name");
        assertThat(data.toString()).doesNotContain("cert:");
    }

    /** One page of a probe must not grow with who connects; the worst are what is asked for. */
    @Test
    void onlySoManyConsumersAreToldOfAndTheFurthestBehindFirst() {
        Map<String, Object> data =
                data(ready(new Disclosure(Details.ALL, 3, false), TROUBLED).call());
        assertThat(data).containsEntry("topic.1.consumers", 30L).doesNotContainKey("consumer.4.lag");
        for (long rank = 1; rank <= 3; rank++) {
            assertThat(data).containsEntry("consumer." + rank + ".lag", 30 - rank);
        }
        assertThat(data(ready(new Disclosure(Details.ALL, 0, true), TROUBLED).call()))
                .containsEntry("topic.1.consumers", 30L)
                .allSatisfy((key, value) -> assertThat(key).doesNotStartWith("consumer."));
    }

    @Test
    void namesOfConsumersAreToldWhereThatIsWanted() {
        assertThat(data(ready(new Disclosure(Details.ALL, 1, true), TROUBLED).call()))
                .containsEntry("consumer.1.name", "cert:c29/c29")
                .containsEntry("consumer.1.lag", 29L)
                .containsEntry("consumer.1.connected", false);
    }

    /** Data have no other word for it, and who reads them knows this one. */
    @Test
    void whatIsNotKnownIsMinusOne() {
        assertThat(data(ready(new Disclosure(Details.ALL, 30, true), TROUBLED).call()))
                .containsEntry("topic.2.head", -1L)
                .containsEntry("topic.2.mark", -1L)
                .containsEntry("consumer.30.name", "cert:new/new")
                .containsEntry("consumer.30.mark", -1L)
                .containsEntry("consumer.30.lag", -1L);
    }

    /** Whoever reads the data needs no name of a topic, subscription, node or consumer to find them, and gets numbers as numbers. */
    @Test
    void everyKeyIsOneOfTheListAndItsValueIsOfItsType() {
        Map<String, HealthKey> keys =
                Arrays.stream(HealthKey.values()).collect(Collectors.toMap(HealthKey::keyName, key -> key));
        Map<String, Object> data =
                data(ready(new Disclosure(Details.ALL, 20, true), TROUBLED).call());
        data.putAll(data(live(Details.ALL, "the timer is dead").call()));
        assertThat(data).allSatisfy((name, value) -> {
            HealthKey key = keys.get(name.replaceFirst("\\.\\d+", ".<n>").replaceFirst("\\.\\d+", ".<m>"));
            assertThat(key).as(name).isNotNull();
            assertThat(value)
                    .as(name)
                    .isInstanceOf(
                            switch (key.type()) {
                                case TEXT -> String.class;
                                case NUMBER -> Long.class;
                                case FLAG -> Boolean.class;
                            });
            assertThat(name).doesNotContain("orders", "parcels", "shipping", "host7", "c29", "debezium", "grpc");
        });
    }

    @Test
    void keysAreOfOneStyle() {
        assertThat(HealthKey.values())
                .extracting(HealthKey::keyName)
                .doesNotHaveDuplicates()
                .allMatch(key -> key.matches("[a-z]+(_[a-z]+)*(\\.(<[nm]>|[a-z]+(_[a-z]+)*))*"));
    }

    private static final String FAULT = "orders: gap at 7 held by prepared transaction 'x'";
    private static final StatusReport WELL = report();
    private static final StatusReport TROUBLED = report(FAULT);

    private static Disclosure disclosure(Details details) {
        return new Disclosure(details, 20, false);
    }

    private static Map<String, Object> data(HealthCheckResponse answer) {
        return answer.getData().orElseThrow();
    }

    private static LivenessProbe live(Details details, String dead) {
        LivenessProbe live = new LivenessProbe();
        live.pulse = new OneNode(disclosure(details), dead);
        return live;
    }

    private static ReadinessProbe ready(Disclosure disclosure, StatusReport report) {
        ReadinessProbe ready = new ReadinessProbe();
        ready.pulse = new OneNode(disclosure, null);
        ready.subscriptions = (Subscriptions) Proxy.newProxyInstance(
                ProbesTest.class.getClassLoader(),
                new Class<?>[] {Subscriptions.class},
                (self, method, values) -> report);
        return ready;
    }

    private static StatusReport report(String... faults) {
        return new Report(
                "host7-1",
                List.of(new Feed(
                        StatusReport.LOCAL,
                        StatusReport.FeedStatus.Kind.STREAM,
                        "debezium",
                        StatusReport.FeedStatus.State.STREAMING,
                        Optional.empty(),
                        Map.of(
                                "slot", "postevent_shop",
                                "lag_bytes", "512",
                                "restarts", "some",
                                "colour", "red",
                                "state", "no fact",
                                "not_visible.orders", "position 7"))),
                List.of(
                        new Topic(
                                "orders",
                                OptionalLong.of(9),
                                6,
                                OptionalLong.of(6),
                                Optional.of("prepared transaction 'x'"),
                                Optional.empty()),
                        new Topic(
                                "parcels",
                                OptionalLong.empty(),
                                0,
                                OptionalLong.empty(),
                                Optional.empty(),
                                Optional.empty())),
                List.of(new Subscribed(
                        "shipping",
                        "orders",
                        5,
                        4,
                        Duration.ofMillis(500),
                        1,
                        2,
                        4,
                        false,
                        Duration.ofMinutes(3),
                        Map.of("host7-1", 16),
                        "beginning")),
                List.of(),
                List.of(new Server("grpc", true, "listens", Map.of("port", "7443", "held.orders", "position 8"))),
                Stream.concat(
                                IntStream.range(0, 29)
                                        .mapToObj(i -> new Consumer(
                                                "cert:c" + (i + 1) + "/c" + (i + 1),
                                                "orders",
                                                OptionalLong.of(99 - i),
                                                OptionalLong.of(i + 1),
                                                Optional.empty(),
                                                false)),
                                Stream.of(new Consumer(
                                        "cert:new/new",
                                        "orders",
                                        OptionalLong.empty(),
                                        OptionalLong.empty(),
                                        Optional.empty(),
                                        true)))
                        .<StatusReport.ConsumerStatus>map(one -> one)
                        .toList(),
                List.of(faults));
    }

    private record Report(
            String node,
            List<FeedStatus> feeds,
            List<TopicStatus> topics,
            List<Subscriptions.Status> subscriptions,
            List<LiveStatus> live,
            List<ServerStatus> servers,
            List<ConsumerStatus> consumers,
            List<String> faults)
            implements StatusReport {}

    private record Feed(
            String name, Kind kind, String engine, State state, Optional<String> detail, Map<String, String> facts)
            implements StatusReport.FeedStatus {}

    private record Topic(
            String name,
            OptionalLong head,
            long settled,
            OptionalLong mark,
            Optional<String> blocker,
            Optional<String> fault)
            implements StatusReport.TopicStatus {}

    private record Subscribed(
            String name,
            String topic,
            long handled,
            long lag,
            Duration lagTime,
            long waiting,
            long behind,
            long parked,
            boolean paused,
            Duration failingFor,
            Map<String, Integer> owners,
            String start)
            implements Subscriptions.Status {}

    private record Server(String kind, boolean listening, String detail, Map<String, String> facts)
            implements StatusReport.ServerStatus {}

    private record Consumer(
            String name, String topic, OptionalLong mark, OptionalLong lag, Optional<Instant> seen, boolean connected)
            implements StatusReport.ConsumerStatus {}
}
