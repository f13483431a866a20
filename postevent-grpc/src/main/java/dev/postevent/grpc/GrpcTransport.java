package dev.postevent.grpc;

import dev.postevent.grpc.client.ClientSettings;
import dev.postevent.grpc.server.ServerSettings;
import dev.postevent.spi.ConfigKey;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Topics over gRPC: {@code grpcs} with TLS, {@code grpc} without. Found by {@link java.util.ServiceLoader}; there is nothing to
 * call.
 */
public final class GrpcTransport implements Transport {
    static final String TLS = "grpcs";
    static final String PLAINTEXT = "grpc";

    /** Made by {@link java.util.ServiceLoader}. */
    public GrpcTransport() {}

    @Override
    public Set<String> schemes() {
        return Set.of(TLS, PLAINTEXT);
    }

    @Override
    public List<ConfigKey> keys() {
        return GrpcKey.all();
    }

    @Override
    public Configured configure(Setup setup, Consumer<String> fault) {
        Set<String> told = new HashSet<>();
        // what holds for several topics is one fault
        GrpcSettings settings = new GrpcSettings(setup, text -> {
            if (told.add(text)) {
                fault.accept(text);
            }
        });
        settings.checkBounds();
        Map<TopicName, ClientSettings> clients = new HashMap<>();
        for (RemoteTopic remote : setup.remotes()) {
            clients.put(remote.topic(), settings.client(remote));
        }
        return new Plan(settings.server(), clients);
    }

    private record Plan(@Nullable ServerSettings server, Map<TopicName, ClientSettings> clients) implements Configured {
        @Override
        public boolean serves() {
            return server != null;
        }

        @Override
        public Link open(Surroundings surroundings) {
            return new GrpcLink(server, clients, surroundings);
        }
    }
}
