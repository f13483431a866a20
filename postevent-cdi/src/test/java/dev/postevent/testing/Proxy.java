package dev.postevent.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A network between two that can be cut, also at a certain byte, made slow, or frozen so that neither side learns of it.
 */
public final class Proxy implements AutoCloseable {
    private final int target;
    private final ServerSocket server;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition thawed = lock.newCondition();
    private boolean frozen;
    private volatile boolean cut;
    private volatile long pauseNanosPerKilobyte;
    private final AtomicLong cutAfter = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong cuts = new AtomicLong();
    private final AtomicLong stranded = new AtomicLong();
    private final AtomicLong accepted = new AtomicLong();

    /** Listens on a free port of loopback and connects to {@code target} there. */
    public Proxy(int target) {
        this.target = target;
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        start(this::accept);
    }

    /** Where to connect to. */
    public int port() {
        return server.getLocalPort();
    }

    /** Nothing passes any more, and nothing is closed. */
    public void freeze() {
        set(true);
    }

    /** What was held up passes, and all else. */
    public void thaw() {
        set(false);
    }

    private void set(boolean value) {
        lock.lock();
        try {
            frozen = value;
            thawed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Closes what is open; while it is cut, new connections are closed at once. */
    public void cut(boolean value) {
        cut = value;
        if (value) {
            sockets.forEach(Proxy::close);
            sockets.clear();
        }
    }

    /** Closes everything that is open once so many bytes more have passed, in whichever direction; new connections work. */
    public void cutAfter(long bytes) {
        cutAfter.set(bytes);
    }

    /** How often {@link #cutAfter} has struck. */
    public long cuts() {
        return cuts.get();
    }

    /** How many connections were accepted. */
    public long accepted() {
        return accepted.get();
    }

    /** Connections that are open now pass nothing more, for ever, and are not closed; new ones work. */
    public void strand() {
        stranded.set(accepted.get());
    }

    /** So much passes each second in each direction of each connection, about; 0: as fast as it goes. */
    public void pace(long bytesPerSecond) {
        pauseNanosPerKilobyte = bytesPerSecond == 0 ? 0 : 1_000_000_000L * 1024 / bytesPerSecond;
    }

    private void accept() {
        try {
            while (true) {
                Socket client = server.accept();
                if (cut) {
                    close(client);
                    continue;
                }
                Socket database = new Socket();
                try {
                    database.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
                } catch (IOException e) {
                    // the target is away: so it is for who comes through here
                    close(database);
                    close(client);
                    continue;
                }
                sockets.add(client);
                sockets.add(database);
                long number = accepted.incrementAndGet();
                start(() -> pump(number, client, database));
                start(() -> pump(number, database, client));
            }
        } catch (IOException e) {
            // closed: the test is over
            sockets.forEach(Proxy::close);
        }
    }

    private void pump(long number, Socket from, Socket to) {
        byte[] buffer = new byte[8192];
        try {
            for (int read = from.getInputStream().read(buffer);
                    read >= 0;
                    read = from.getInputStream().read(buffer)) {
                awaitThaw();
                if (number <= stranded.get()) {
                    new CountDownLatch(1).await();
                }
                long pause = pauseNanosPerKilobyte;
                if (pause > 0) {
                    LockSupport.parkNanos(pause * read / 1024);
                }
                long left = cutAfter.getAndAdd(-read);
                int passes = (int) Math.max(0, Math.min(read, left));
                to.getOutputStream().write(buffer, 0, passes);
                if (left <= read && cutAfter.getAndSet(Long.MAX_VALUE) != Long.MAX_VALUE) {
                    to.getOutputStream().flush();
                    cuts.incrementAndGet();
                    sockets.forEach(Proxy::close);
                    sockets.clear();
                }
            }
            awaitThaw();
        } catch (IOException e) {
            // one side went; the other learns of it below
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close(from);
            close(to);
        }
    }

    private void awaitThaw() {
        lock.lock();
        try {
            while (frozen) {
                thawed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void start(Runnable loop) {
        Thread thread = new Thread(loop, "test-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() {
        thaw();
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
