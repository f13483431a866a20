package dev.postevent.grpc.client;

import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.Transport;
import io.grpc.ManagedChannel;

/** Opens what tests in other packages need of the client. */
public final class ClientForTests {

    private ClientForTests() {}

    /** A source over a channel of the caller's, which stays the caller's. */
    public static Transport.Source over(
            ManagedChannel channel, RemoteSources sources, RemoteTopic remote, ClientSettings settings) {
        return sources.source(
                remote,
                new Channels() {
                    @Override
                    public ManagedChannel get() {
                        return channel;
                    }

                    @Override
                    public void renew(ManagedChannel dead) {
                        throw new IllegalStateException("the channel is given");
                    }
                },
                settings);
    }
}
