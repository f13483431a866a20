package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import dev.postevent.testing.KeyRules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Bounds stand in keys as numbers, as in the library: every value is held to them, and every fault tells them. */
class GrpcBoundsTest {
    private final List<String> faults = new ArrayList<>();

    private static List<GrpcKey> bounded() {
        return Arrays.stream(GrpcKey.values())
                .filter(key -> key.bounds().isPresent())
                .toList();
    }

    /** An application that serves nothing and has no remote topic. */
    private record Alone(Map<String, String> properties) implements Transport.Setup {
        @Override
        public Optional<String> config(String key) {
            return Optional.ofNullable(properties.get(key));
        }

        @Override
        public Set<TopicName> published() {
            return Set.of();
        }

        @Override
        public List<RemoteTopic> remotes() {
            return List.of();
        }
    }

    @Test
    void everyDefaultIsWithinItsBounds() {
        for (GrpcKey key : bounded()) {
            if (!key.defaultValue().isEmpty()) {
                key.bounds().orElseThrow().check(key.keyName(), key.defaultValue(), faults::add);
            }
        }
        assertThat(faults).isEmpty();
    }

    @Test
    void noKeyHasBoundsThatAreWordsOnly() {
        assertThat(Arrays.stream(GrpcKey.values())
                        .filter(key -> key.bounds().isEmpty())
                        .map(GrpcKey::allowed))
                .noneMatch(KeyRules::areBounds);
    }

    @Test
    void everyKeyIsHeldToItsBoundsAndTellsThem() {
        Map<String, String> properties = new HashMap<>();
        for (GrpcKey key : bounded()) {
            properties.put(key.keyName(), "soon");
        }
        Transport.Configured unused = new GrpcTransport().configure(new Alone(properties), faults::add);
        for (GrpcKey key : bounded()) {
            assertThat(faults)
                    .filteredOn(fault -> fault.startsWith(key.keyName() + " is 'soon', expected a ")
                            && fault.contains("from " + KeyRules.bounds(key.allowed())))
                    .hasSize(1);
        }
    }
}
