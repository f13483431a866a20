package dev.postevent.grpc.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;

/** Accepts so many connections; one more is closed at once, before TLS or anything else costs a thing. */
final class BoundedServerChannel extends NioServerSocketChannel {
    private final Connections connections;

    BoundedServerChannel(Connections connections) {
        this.connections = connections;
    }

    @Override
    protected int doReadMessages(List<Object> accepted) throws Exception {
        int before = accepted.size();
        int read = super.doReadMessages(accepted);
        if (accepted.size() == before) {
            return read;
        }
        Channel connection = (Channel) accepted.get(before);
        if (connections.enter()) {
            ChannelFuture unused = connection.closeFuture().addListener(closed -> connections.leave());
        } else {
            accepted.remove(before);
            connection.unsafe().closeForcibly();
        }
        return read;
    }
}
