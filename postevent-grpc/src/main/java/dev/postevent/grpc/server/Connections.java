package dev.postevent.grpc.server;

import java.lang.System.Logger.Level;

/** How many connections there are, and may be. */
final class Connections {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");

    private final int max;
    // under the monitor
    private int open;
    private boolean told;

    Connections(int max) {
        this.max = max;
    }

    /** One more; false: it may not be. */
    synchronized boolean enter() {
        if (open < max) {
            open++;
            return true;
        }
        if (!told) {
            told = true;
            LOG.log(
                    Level.WARNING,
                    "a connection to the gRPC server was closed, because there are " + max
                            + " (postevent.grpc.server.connections-max); not said again before half of them are gone");
        }
        return false;
    }

    synchronized void leave() {
        open--;
        told = told && open > max / 2;
    }

    synchronized int open() {
        return open;
    }
}
