package dev.postevent.grpc.server;

import io.grpc.ServerBuilder;

/** Opens what tests in other packages need of the server. */
public final class ServerForTests {

    private ServerForTests() {}

    /** The server's answers over another transport than its own. */
    public static void addTo(ServerBuilder<?> builder, EventServer server) {
        server.addTo(builder);
    }
}
