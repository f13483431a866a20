package dev.postevent.grpc;

import dev.postevent.grpc.client.ClientSettings;
import dev.postevent.grpc.client.RemoteSources;
import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.server.ServerSettings;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/** Server and sources of one application. */
final class GrpcLink implements Transport.Link {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");

    /** The thread ends within two of its quiet seconds. */
    private static final Duration NETTY_ENDS = Duration.ofSeconds(2);

    private final @Nullable EventServer server;
    private final Map<TopicName, ClientSettings> clients;
    private final RemoteSources sources;

    GrpcLink(
            @Nullable ServerSettings server,
            Map<TopicName, ClientSettings> clients,
            Transport.Surroundings surroundings) {
        this.server = server == null
                ? null
                : new EventServer(server, surroundings.threads(), surroundings.log(), surroundings.marks());
        this.clients = clients;
        this.sources = new RemoteSources(
                surroundings.application(),
                surroundings.threads(),
                surroundings::received,
                RandomGeneratorFactory.of("SecureRandom").create());
    }

    @Override
    public Transport.Source connect(RemoteTopic topic) {
        return sources.connect(
                topic, Objects.requireNonNull(clients.get(topic.topic()), "a topic that was not set up"));
    }

    @Override
    public void serve() {
        if (server != null) {
            server.serve();
        }
    }

    @Override
    public void offer(Map<TopicName, List<LogEntry>> batch) {
        if (server != null) {
            server.offer(batch);
        }
    }

    @Override
    public void doubt(String reason) {
        if (server != null) {
            server.doubt(reason);
        }
    }

    @Override
    public void stop(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        sources.stop(limit);
        if (server != null) {
            server.stop(left(deadline));
        }
        awaitNetty(left(deadline));
    }

    /**
     * Ends of loops are told on a thread that Netty keeps for all of them, and that ends when it had nothing to do for a
     * second: once for server and sources. Who goes on before keeps this application's class loader for as long.
     */
    private static void awaitNetty(Duration limit) {
        try {
            long millis = Math.min(limit.toMillis(), NETTY_ENDS.toMillis());
            if (!GlobalEventExecutor.INSTANCE.awaitInactivity(millis, TimeUnit.MILLISECONDS)) {
                LOG.log(Level.DEBUG, "a thread of Netty has not ended yet");
            }
        } catch (IllegalStateException e) {
            // it was never started: nothing of it to wait for
            LOG.log(Level.DEBUG, "nothing to wait for", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Duration left(long deadline) {
        return Duration.ofNanos(Math.max(1_000_000, deadline - System.nanoTime()));
    }

    @Override
    public Transport.@Nullable ServerStatus status() {
        return server == null ? null : server.status();
    }
}
