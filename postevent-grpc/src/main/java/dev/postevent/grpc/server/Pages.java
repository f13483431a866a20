package dev.postevent.grpc.server;

/** How much is read at once for a client that may never take it. */
final class Pages {
    static final int ROWS_MAX = 1000;
    static final long BYTES_MAX = 1 << 20;

    private Pages() {}
}
