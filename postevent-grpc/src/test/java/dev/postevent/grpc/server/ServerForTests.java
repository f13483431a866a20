package dev.postevent.grpc.server;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.Transport;
import io.grpc.ServerBuilder;
import java.time.Clock;
import java.util.concurrent.ThreadFactory;

/** Opens what tests in other packages need of the server. */
public final class ServerForTests {

    private ServerForTests() {}

    /** A server with a clock of the test's. */
    public static EventServer server(
            ServerSettings settings, ThreadFactory threads, EventLog log, Transport.Marks marks, Clock clock) {
        return new EventServer(settings, threads, log, marks, clock);
    }

    /** The server's answers over another transport than its own. */
    public static void addTo(ServerBuilder<?> builder, EventServer server) {
        server.addTo(builder);
    }
}
