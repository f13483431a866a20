package dev.postevent.server;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs the order shop until Ctrl-C: PostgreSQL, whose data stays for the next run, and Open Liberty.
 *
 * <p>Arguments: the unpacked {@code wlp} directory, the WAR, the directory for the data. The HTTP port is the environment variable
 * {@code HTTP_PORT}, 9080 if there is none.
 */
public final class Run {
    private static final Duration READY_LIMIT = Duration.ofMinutes(3);

    private final PrintStream out;
    private final PostgresCluster postgres;
    private final OpenLiberty liberty;
    private final FileLock lock;
    private final AtomicBoolean stopped = new AtomicBoolean();

    private Run(PrintStream out, PostgresCluster postgres, OpenLiberty liberty, FileLock lock) {
        this.lock = lock;
        this.out = out;
        this.postgres = postgres;
        this.liberty = liberty;
    }

    /** See the class. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 3) {
            throw new IllegalArgumentException("expected: wlp directory, WAR, data directory");
        }
        PrintStream out = System.out;
        int port = Integer.parseInt(System.getenv().getOrDefault("HTTP_PORT", "9080"));
        Path data =
                Files.createDirectories(Path.of(arguments[2]).toAbsolutePath().normalize());

        FileLock lock = lock(data);
        out.println("\nStarting PostgreSQL (data in " + data.resolve("postgres") + ")");
        PostgresCluster postgres = PostgresCluster.at(data.resolve("postgres"));
        try {
            OpenLiberty liberty = OpenLiberty.instance(
                    Path.of(arguments[0]), data.resolve("liberty"), "shop", port, postgres.database("shop"));
            refuseIfTaken(port);
            Run run = new Run(out, postgres, liberty, lock);
            Runtime.getRuntime().addShutdownHook(new Thread(run::stop, "stop"));
            run.serve(Path.of(arguments[1]));
        } catch (IOException | RuntimeException e) {
            postgres.close();
            throw e;
        }
    }

    private void serve(Path war) {
        liberty.deploy(war);
        out.println("Starting Open Liberty (log in " + liberty.log().file() + ")");
        liberty.start();
        try {
            liberty.awaitReady(READY_LIMIT);
        } catch (IllegalStateException e) {
            if (stopped.get()) {
                return; // Ctrl-C while starting
            }
            stop();
            throw e;
        }
        out.println("\n    Open " + liberty.uri("/shop/") + "\n\n    Server process " + liberty.pid()
                + ", PostgreSQL on port " + postgres.port() + ". Ctrl-C stops both; what is stored stays.\n");
        liberty.awaitEnd();
        if (stopped.compareAndSet(false, true)) {
            postgres.close();
            out.println("The server has ended. Start it again with the same command: everything is still there.");
        }
    }

    private void stop() {
        if (!stopped.compareAndSet(false, true)) {
            return;
        }
        out.println("\nStopping");
        liberty.close(); // first, while it can still write
        postgres.close();
        try {
            lock.release();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Held until this process ends, however it ends; what is found running afterwards is left behind and may be stopped. */
    private static FileLock lock(Path data) throws IOException {
        FileChannel file = FileChannel.open(data.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = file.tryLock();
        if (held == null) {
            throw new IOException("the shop is running already on " + data);
        }
        return held;
    }

    private static void refuseIfTaken(int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            socket.setReuseAddress(true);
        } catch (IOException e) {
            throw new IOException("port " + port + " is taken; choose another one with HTTP_PORT", e);
        }
    }
}
