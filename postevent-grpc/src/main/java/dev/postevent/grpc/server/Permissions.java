package dev.postevent.grpc.server;

import dev.postevent.grpc.files.Reloaded;
import dev.postevent.spi.TopicName;
import java.util.Set;

/** Who may do what with which topic. What is not said is denied; a topic that does not exist is denied in the same way. */
final class Permissions {
    private final Reloaded<ServerSettings.Allowed> allowed;

    /** Somebody looks for changes of {@code allowed}, and has done so. */
    Permissions(Reloaded<ServerSettings.Allowed> allowed) {
        this.allowed = allowed;
    }

    boolean mayRead(Identity identity, TopicName topic) {
        return identity.isOneOf(allowed.current().readers().getOrDefault(topic, Set.of()));
    }

    boolean maySubscribe(Identity identity, TopicName topic) {
        return identity.isOneOf(allowed.current().subscribers().getOrDefault(topic, Set.of()));
    }
}
