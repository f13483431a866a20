package dev.postevent.grpc.server;

import io.grpc.ServerServiceDefinition;

/** Opens what tests in other packages need of the server. */
public final class ServerForTests {

    private ServerForTests() {}

    public static ServerServiceDefinition service(EventServer server) {
        return server.service();
    }
}
