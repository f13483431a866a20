package dev.postevent.internal.cdi;

import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** What a transport is told at deployment. */
record TransportSetup(Function<String, Optional<String>> values, Set<TopicName> published, List<RemoteTopic> remotes)
        implements Transport.Setup {

    TransportSetup {
        published = Set.copyOf(published);
        remotes = List.copyOf(remotes);
    }

    @Override
    public Optional<String> config(String key) {
        return values.apply(key);
    }
}
