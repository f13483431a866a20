package dev.postevent.grpc;

import dev.postevent.grpc.client.RemoteSources;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.testkit.contract.FeedContract;
import dev.postevent.testkit.contract.Publishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.ThreadFactory;

/** Over real sockets. */
class GrpcFeedContractIT extends FeedContract {
    private final ServedTopic served = new ServedTopic();
    private final List<RemoteSources> consumers = new ArrayList<>();

    @Override
    protected Publishers publishers() {
        return served.publishers();
    }

    @Override
    protected EventLog log() {
        return served.log();
    }

    @Override
    protected Feed feed(ThreadFactory threads) {
        RemoteTopic remote = Wires.orders("grpc", served.port());
        RemoteSources sources = new RemoteSources("tester", threads, topic -> OptionalLong.empty(), new Random(1));
        consumers.add(sources);
        return sources.connect(remote, served.wires().clientSettings(remote)).feed();
    }

    @Override
    protected void breakConnections() {
        served.breakConnections();
    }

    @Override
    protected void close() throws Exception {
        consumers.forEach(sources -> sources.stop(Duration.ofSeconds(10)));
        served.close();
    }
}
