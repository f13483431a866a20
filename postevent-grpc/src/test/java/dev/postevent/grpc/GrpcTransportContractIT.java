package dev.postevent.grpc;

import dev.postevent.spi.Transport;
import dev.postevent.testing.build.FreePort;
import dev.postevent.testkit.contract.Publishers;
import dev.postevent.testkit.contract.TransportContract;
import java.net.URI;
import java.util.List;
import java.util.Map;

/** Over real sockets. */
class GrpcTransportContractIT extends TransportContract {
    private final ServedTopic served = new ServedTopic();

    @Override
    protected Transport transport() {
        return new GrpcTransport();
    }

    @Override
    protected Publishers publishers() {
        return served.publishers();
    }

    @Override
    protected URI uri() {
        return URI.create("grpc://127.0.0.1:" + served.port() + "/orders");
    }

    @Override
    protected URI unreachable() {
        return URI.create("grpc://127.0.0.1:" + FreePort.find() + "/orders");
    }

    /** No port, several hosts, and plaintext to another machine. */
    @Override
    protected List<URI> refused() {
        return List.of(
                URI.create("grpcs://shop.example/orders"),
                URI.create("grpcs://shop1.example:1,shop2.example:2/orders"),
                URI.create("grpc://shop.example:1/orders"));
    }

    @Override
    protected Map<String, String> config() {
        return Map.of("postevent.grpc.client.backoff-first", "20ms", "postevent.grpc.client.backoff-max", "200ms");
    }

    @Override
    protected Map<String, String> serving() {
        return Map.of("postevent.grpc.server.port", "0", "postevent.grpc.server.address", "127.0.0.1");
    }

    @Override
    protected void close() throws Exception {
        served.close();
    }
}
