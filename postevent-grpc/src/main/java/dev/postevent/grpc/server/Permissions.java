package dev.postevent.grpc.server;

import dev.postevent.spi.TopicName;
import java.util.Map;
import java.util.Set;

/** Who may do what with which topic. What is not said is denied; a topic that does not exist is denied in the same way. */
final class Permissions {
    private final Map<TopicName, Set<String>> readers;
    private final Map<TopicName, Set<String>> subscribers;

    Permissions(Map<TopicName, Set<String>> readers, Map<TopicName, Set<String>> subscribers) {
        this.readers = readers;
        this.subscribers = subscribers;
    }

    boolean mayRead(Identity identity, TopicName topic) {
        return identity.isOneOf(readers.getOrDefault(topic, Set.of()));
    }

    boolean maySubscribe(Identity identity, TopicName topic) {
        return identity.isOneOf(subscribers.getOrDefault(topic, Set.of()));
    }
}
