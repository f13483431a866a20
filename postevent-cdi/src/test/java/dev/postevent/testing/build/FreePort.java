package dev.postevent.testing.build;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Ports on loopback for servers of tests.
 *
 * <p>A port that the system calls free may be taken by another process, or by an outgoing connection, before a server listens on it, and
 * again while that server is restarted. Each JVM of the build has a range of its own here (its number is the end of {@link
 * ProcessTree#MARK}), below those that Linux gives to outgoing connections.
 */
public final class FreePort {
    private static final int LOWEST = 12_000;
    private static final int RANGE = 400;
    private static final int RANGES = 48;
    private static final int FORK = fork() % RANGES;
    private static final AtomicInteger NEXT = new AtomicInteger();

    private FreePort() {}

    private static int fork() {
        String mark = System.getenv().getOrDefault(ProcessTree.MARK, "-0");
        return Integer.parseInt(mark.substring(mark.lastIndexOf('-') + 1));
    }

    /** One that nobody listens on, and that is given out once in {@value #RANGE} times only. */
    public static int find() {
        for (int i = 0; i < RANGE; i++) {
            int port = LOWEST + FORK * RANGE + Math.floorMod(NEXT.getAndIncrement(), RANGE);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                continue; // somebody listens there: the next one
            }
        }
        throw new IllegalStateException("no free port from " + (LOWEST + FORK * RANGE) + " on");
    }
}
