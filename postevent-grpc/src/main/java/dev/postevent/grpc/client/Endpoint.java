package dev.postevent.grpc.client;

import java.net.URI;

/**
 * What a channel connects to.
 *
 * @param host name or address; an IPv6 address without brackets
 * @param port 1 to 65535
 */
public record Endpoint(String host, int port) {

    /**
     * Host and port of a URI.
     *
     * @throws IllegalArgumentException if it does not have exactly one of each
     */
    public static Endpoint of(URI uri) {
        String host = uri.getHost();
        if (host == null || uri.getPort() < 1 || uri.getPort() > 65_535) {
            throw new IllegalArgumentException("it has no host or no port from 1 to 65535, or several");
        }
        return new Endpoint(host.replaceAll("[\\[\\]]", ""), uri.getPort());
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
