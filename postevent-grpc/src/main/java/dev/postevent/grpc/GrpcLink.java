package dev.postevent.grpc;

import dev.postevent.grpc.client.ClientSettings;
import dev.postevent.grpc.client.RemoteSources;
import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.server.ServerSettings;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGeneratorFactory;
import org.jspecify.annotations.Nullable;

/** Server and sources of one application. */
final class GrpcLink implements Transport.Link {
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
                surroundings.received(),
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
        sources.stop(limit);
        if (server != null) {
            server.stop(limit);
        }
    }

    @Override
    public Transport.@Nullable ServerStatus status() {
        return server == null ? null : server.status();
    }
}
