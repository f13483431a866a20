package dev.postevent.grpc.packaging;

import dev.postevent.spi.ConsumerMark;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A program on the jars as they are shipped and nothing else: finds the transport, serves an event, reads it over a socket and
 * takes it live. Run by {@link PackagedGrpcJarIT} in a JVM of its own.
 */
public final class PackagedRoundTrip {
    private static final TopicName ORDERS = new TopicName("orders");

    private PackagedRoundTrip() {}

    /** The port that is listened on, once it is. */
    private static int port(Transport.Link server) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        Transport.ServerStatus status = Objects.requireNonNull(server.status());
        while (!status.listening()) {
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("does not listen: " + status);
            }
            TimeUnit.MILLISECONDS.sleep(10);
            status = Objects.requireNonNull(server.status());
        }
        return Integer.parseInt(status.facts().get("port"));
    }

    /** Arguments: certificate and key of the server, the CA. */
    public static void main(String... args) throws InterruptedException {
        Map<String, String> config = Map.of(
                "postevent.grpc.server.port", "0",
                "postevent.grpc.server.address", "127.0.0.1",
                "postevent.grpc.server.certificate-file", args[0],
                "postevent.grpc.server.key-file", args[1],
                "postevent.grpc.client.ca-file", args[2],
                "postevent.grpc.server.allow.orders.read", "anonymous",
                "postevent.grpc.server.allow.orders.subscribe", "anonymous");
        Transport transport = ServiceLoader.load(Transport.class).findFirst().orElseThrow();
        Transport.Link server = transport
                .configure(
                        new Given(key -> Optional.ofNullable(config.get(key)), Set.of(ORDERS), List.of()),
                        PackagedRoundTrip::fault)
                .open(surroundings());
        server.serve();
        int port = port(server);
        RemoteTopic remote = RemoteTopic.of(ORDERS, URI.create("grpcs://127.0.0.1:" + port));
        Transport.Link client = transport
                .configure(
                        new Given(
                                key -> key.equals("postevent.grpc.server.port") || key.contains(".allow.")
                                        ? Optional.empty()
                                        : Optional.ofNullable(config.get(key)),
                                Set.of(),
                                List.of(remote)),
                        PackagedRoundTrip::fault)
                .open(surroundings());
        Transport.Source source = client.connect(remote);
        for (LogEntry entry : source.log().read(ORDERS, 0, 100, 100, 1000).entries()) {
            System.out.println("read " + entry.id() + " " + text(entry));
        }
        BlockingQueue<LogEntry> live = new LinkedBlockingQueue<>();
        source.feed().start(new Feed.Listener() {
            @Override
            public void onBatch(Map<TopicName, List<LogEntry>> batch) {
                live.addAll(batch.get(ORDERS));
            }

            @Override
            public void onDoubt(String reason) {
                server.offer(Map.of(ORDERS, List.of(entry("live"))));
            }
        });
        LogEntry taken = live.poll(30, TimeUnit.SECONDS);
        System.out.println("took " + (taken == null ? "nothing" : taken.id() + " " + text(taken)));
        client.stop(Duration.ofSeconds(10));
        server.stop(Duration.ofSeconds(10));
    }

    private static void fault(String text) {
        throw new IllegalStateException(text);
    }

    private static String text(LogEntry entry) {
        return new String(Objects.requireNonNull(entry.data()), StandardCharsets.UTF_8);
    }

    private static LogEntry entry(String id) {
        return LogEntry.of(
                1,
                CloudEventBuilder.v1()
                        .withId(id)
                        .withSource(URI.create("urn:test"))
                        .withType("t")
                        .withData(("data of " + id).getBytes(StandardCharsets.UTF_8))
                        .build());
    }

    /** A daemon, so that a failure of the program ends it. */
    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        return thread;
    }

    private static Transport.Surroundings surroundings() {
        return new Around("packaged", "node", PackagedRoundTrip::thread, new OneEntry(), new NoMarks());
    }

    private record Given(Function<String, Optional<String>> values, Set<TopicName> published, List<RemoteTopic> remotes)
            implements Transport.Setup {
        @Override
        public Optional<String> config(String key) {
            return values.apply(key);
        }
    }

    private record Around(String application, String node, ThreadFactory threads, EventLog log, Transport.Marks marks)
            implements Transport.Surroundings {
        @Override
        public OptionalLong received(TopicName topic) {
            return OptionalLong.of(1);
        }
    }

    /** A log with one entry: what is under test is what the entry travels through. */
    private static final class OneEntry implements EventLog {
        @Override
        public Origin origin(TopicName topic) {
            return Origin.of("1", 1, 1);
        }

        @Override
        public long head(TopicName topic) {
            return 1;
        }

        @Override
        public long settled(TopicName topic) {
            return 1;
        }

        @Override
        public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            return Range.of(after == 0 ? List.of(entry("stored")) : List.of(), Math.max(after, 1));
        }
    }

    private static final class NoMarks implements Transport.Marks {
        @Override
        public boolean report(String principal, String name, TopicName topic, long mark, int namesMax) {
            return true; // who is how far is of no interest here
        }

        @Override
        public List<ConsumerMark> all() {
            return List.of();
        }
    }
}
