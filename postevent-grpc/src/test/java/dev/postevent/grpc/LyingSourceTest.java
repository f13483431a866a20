package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.PosteventException;
import dev.postevent.grpc.client.ClientForTests;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.HeadResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.RemoteTopic;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import org.junit.jupiter.api.Test;

/** What the protocol does not allow is not believed, whoever says it. */
class LyingSourceTest {
    /** A source that has less than nothing. */
    private static final class Lies extends TopicServiceGrpc.TopicServiceImplBase {
        @Override
        public void head(HeadRequest request, StreamObserver<HeadResponse> answer) {
            answer.onNext(HeadResponse.newBuilder().setHead(-1).build());
            answer.onCompleted();
        }
    }

    @Test
    void aHeadBelowNothingIsRefused() throws Exception {
        String name = LyingSourceTest.class.getName();
        Server server = InProcessServerBuilder.forName(name)
                .directExecutor()
                .addService(new Lies())
                .build()
                .start();
        ManagedChannel channel =
                InProcessChannelBuilder.forName(name).directExecutor().build();
        try (Wires wires = new Wires().open()) {
            RemoteTopic remote = Wires.orders("grpc", 1);
            EventLog log = ClientForTests.over(channel, wires.sources(), remote, wires.clientSettings(remote))
                    .log();
            assertThatThrownBy(() -> log.head(Wires.ORDERS))
                    .isInstanceOf(PosteventException.class)
                    .hasMessageContainingAll("PSTEV35021", "head or limits");
        } finally {
            channel.shutdownNow();
            server.shutdownNow();
        }
    }
}
