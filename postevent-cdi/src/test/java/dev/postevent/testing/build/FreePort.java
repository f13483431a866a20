package dev.postevent.testing.build;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Ports on loopback for servers of tests.
 *
 * <p>A port that the system calls free may be taken by another process, or by an outgoing connection, before a server listens on it, and
 * again while that server is restarted. Each JVM of tests has a range of its own here, below those that Linux gives to outgoing
 * connections, also beside another build: it holds the lock of a file as long as it lives.
 */
public final class FreePort {
    private static final int LOWEST = 12_000;
    private static final int RANGE = 400;
    private static final int RANGES = 48;
    /** The range's lock, held until the JVM ends. */
    private static final FileLock LOCK;

    private static final int FIRST;
    private static final AtomicInteger NEXT = new AtomicInteger();

    static {
        int range = fork() % RANGES;
        FileLock lock = lock(range);
        for (int i = 1; lock == null && i < RANGES; i++) {
            range = (range + 1) % RANGES;
            lock = lock(range);
        }
        if (lock == null) {
            throw new IllegalStateException("all " + RANGES + " ranges of ports are taken by other tests");
        }
        LOCK = lock;
        FIRST = LOWEST + range * RANGE;
    }

    private FreePort() {}

    // the channel is open as long as the lock is held
    @SuppressWarnings("MustBeClosedChecker")
    private static @Nullable FileLock lock(int range) {
        Path file = Path.of(System.getProperty("java.io.tmpdir"), "postevent-test-ports-" + range);
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
            }
            return lock;
        } catch (AccessDeniedException e) {
            return null; // another user's
        } catch (IOException e) {
            throw new UncheckedIOException("the lock of a range of ports: " + file, e);
        }
    }

    private static int fork() {
        String mark = System.getenv().getOrDefault(ProcessTree.MARK, "-0");
        return Integer.parseInt(mark.substring(mark.lastIndexOf('-') + 1));
    }

    /** One that nobody listens on, and that is given out once in {@value #RANGE} times only. */
    public static int find() {
        if (!LOCK.isValid()) {
            throw new IllegalStateException("the range of ports from " + FIRST + " on is another's now");
        }
        for (int i = 0; i < RANGE; i++) {
            int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), RANGE);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                continue; // somebody listens there: the next one
            }
        }
        throw new IllegalStateException("no free port from " + FIRST + " on");
    }
}
