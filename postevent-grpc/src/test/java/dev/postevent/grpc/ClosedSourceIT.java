package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.PosteventException;
import dev.postevent.grpc.client.ClientSettings;
import dev.postevent.grpc.client.RemoteSources;
import dev.postevent.grpc.server.EventServer;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A source that is closed alone takes along what is its own, and the connection if it is the last one. */
class ClosedSourceIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final Wires wires = new Wires().open();

    @AfterEach
    void closeAll() throws Exception {
        wires.close();
    }

    private static final class Nothing implements Feed.Listener {
        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {}

        @Override
        public void onDoubt(String reason) {}
    }

    @Test
    void theConnectionEndsWithTheLastOfItsSourcesAndCanBeMadeAnew() {
        OneEventLog log = new OneEventLog(1);
        EventServer server = wires.server(log, log);
        RemoteTopic remote = Wires.orders("grpc", Wires.port(server));
        ClientSettings settings = wires.clientSettings(remote);
        RemoteSources sources = wires.sources();
        Transport.Source first = sources.connect(remote, settings);
        Transport.Source second = sources.connect(remote, settings);
        first.feed().start(new Nothing());
        await().atMost(LONG).until(() -> first.feed().status().state() == Feed.State.STREAMING);
        assertThat(server.status().connected()).containsKey(Wires.ORDERS);

        first.close();
        first.close();
        assertThat(first.feed().status().state()).isEqualTo(Feed.State.STOPPED);
        await().atMost(LONG).until(() -> server.status().connected().isEmpty());
        assertThat(second.log().head(Wires.ORDERS)).isEqualTo(1);

        second.close();
        assertThatThrownBy(() -> second.log().head(Wires.ORDERS))
                .isInstanceOf(PosteventException.class)
                .hasMessageContaining("PSTEV35022");

        Transport.Source third = sources.connect(remote, settings);
        assertThat(third.log().head(Wires.ORDERS)).isEqualTo(1);
        sources.stop(LONG);
        third.close();
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(wires.running()).noneMatch(name -> name.contains("client")));
    }
}
