package dev.postevent.grpc;

import static org.awaitility.Awaitility.await;

import dev.postevent.grpc.client.ClientSettings;
import dev.postevent.grpc.client.RemoteSources;
import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.server.ServerForTests;
import dev.postevent.grpc.server.ServerSettings;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.eventlog.RemoteConsumers;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import dev.postevent.testing.PostgresFixture;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;

/** Server and client without an application around them, configured by the same keys as in one. */
final class Wires implements AutoCloseable {
    static final TopicName ORDERS = new TopicName("orders");

    private final Map<String, String> config = new ConcurrentHashMap<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    private OptionalLong received = OptionalLong.empty();

    Wires() {
        with("postevent.grpc.server.port", "0");
        with("postevent.grpc.server.address", "127.0.0.1");
        with("postevent.grpc.server.heartbeat", "200ms");
        with("postevent.grpc.client.backoff-first", "20ms");
        with("postevent.grpc.client.backoff-max", "200ms");
    }

    Wires with(String key, String value) {
        config.put(key, value);
        return this;
    }

    Wires without(String key) {
        config.remove(key);
        return this;
    }

    Wires with(String key, Path value) {
        return with(key, value.toString());
    }

    /** Everybody may do everything with {@code orders}. */
    Wires open() {
        return with("postevent.grpc.server.allow.orders.read", "anonymous,*")
                .with("postevent.grpc.server.allow.orders.subscribe", "anonymous,*");
    }

    /** What is configured. */
    Map<String, String> config() {
        return Map.copyOf(config);
    }

    /** So far the topics of sources were received, as they are told. */
    Wires received(long mark) {
        received = OptionalLong.of(mark);
        return this;
    }

    private Transport.Setup setup(List<RemoteTopic> remotes) {
        Set<TopicName> published = new HashSet<>(Set.of(ORDERS, new TopicName("secrets")));
        remotes.forEach(remote -> published.remove(remote.topic()));
        return new Given(config, published, remotes);
    }

    private record Given(Map<String, String> values, Set<TopicName> published, List<RemoteTopic> remotes)
            implements Transport.Setup {
        @Override
        public Optional<String> config(String key) {
            return Optional.ofNullable(values.get(key));
        }
    }

    /** The faults of the configuration. */
    List<String> faults(RemoteTopic... remotes) {
        List<String> faults = new ArrayList<>();
        new GrpcTransport().configure(setup(List.of(remotes)), faults::add);
        return faults;
    }

    ServerSettings serverSettings() {
        List<String> faults = new ArrayList<>();
        ServerSettings settings = new GrpcSettings(setup(List.of()), faults::add).server();
        if (settings == null || !faults.isEmpty()) {
            throw new IllegalStateException(faults.toString());
        }
        return settings;
    }

    ClientSettings clientSettings(RemoteTopic remote) {
        List<String> faults = new ArrayList<>();
        ClientSettings settings = new GrpcSettings(setup(List.of(remote)), faults::add).client(remote);
        if (!faults.isEmpty()) {
            throw new IllegalStateException(faults.toString());
        }
        return settings;
    }

    ThreadFactory threadFactory() {
        return task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            threads.add(thread);
            return thread;
        };
    }

    /** Threads that were made and still run. */
    List<String> running() {
        return threads.stream().filter(Thread::isAlive).map(Thread::getName).toList();
    }

    EventServer server(PostgresFixture.Db db) {
        return server(new JdbcEventLog(db.dataSource(), Duration.ofMillis(200)), new RemoteConsumers(db.dataSource()));
    }

    EventServer server(EventLog log, Transport.Marks marks) {
        return server(serverSettings(), log, marks);
    }

    EventServer server(ServerSettings settings, EventLog log, Transport.Marks marks) {
        return serving(new EventServer(settings, threadFactory(), log, marks));
    }

    EventServer server(PostgresFixture.Db db, Clock clock) {
        return serving(ServerForTests.server(
                serverSettings(),
                threadFactory(),
                new JdbcEventLog(db.dataSource(), Duration.ofMillis(200)),
                new RemoteConsumers(db.dataSource()),
                clock));
    }

    EventServer serving(EventServer server) {
        open.add(() -> server.stop(Duration.ofSeconds(10)));
        server.serve();
        await().atMost(Duration.ofMinutes(4)).until(() -> server.status().listening());
        return server;
    }

    static int port(EventServer server) {
        return Integer.parseInt(server.status().facts().get("port"));
    }

    RemoteSources sources() {
        RemoteSources sources = new RemoteSources("tester", threadFactory(), topic -> received, new Random(1));
        open.add(() -> sources.stop(Duration.ofSeconds(10)));
        return sources;
    }

    static RemoteTopic remote(TopicName topic, String uri) {
        return RemoteTopic.of(topic, URI.create(uri));
    }

    static RemoteTopic orders(String scheme, int port) {
        return remote(ORDERS, scheme + "://127.0.0.1:" + port);
    }

    /** The topic {@code orders} from a port on loopback. */
    Transport.Source source(String scheme, int port) {
        RemoteTopic remote = orders(scheme, port);
        return sources().connect(remote, clientSettings(remote));
    }

    @Override
    public void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }
}
