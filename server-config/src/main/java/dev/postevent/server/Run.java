package dev.postevent.server;

import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs the order shop until Ctrl-C, on PostgreSQL, whose data stays for the next run, and Open Liberty; on request a warehouse, too,
 * with a server and a PostgreSQL of its own, that has the shop's orders over gRPC.
 *
 * <p>Arguments: the unpacked {@code wlp} directory, the WAR, the directory for the data, {@code shop} or {@code shop,warehouse}. Ports
 * are the environment variables {@code HTTP_PORT} (9080), {@code WAREHOUSE_HTTP_PORT} (9081) and {@code GRPC_PORT} (7443).
 *
 * <p>Where there are two, each may be killed at any time: a server that ends is started again.
 */
public final class Run {
    private static final String SHOP = "shop";
    private static final String WAREHOUSE = "warehouse";
    /** Who may change something in the console. */
    private static final String OPERATOR = "operator";

    private final PrintStream out;
    private final FileLock lock;
    private final List<Application> applications = new ArrayList<>();
    private final AtomicBoolean stopped = new AtomicBoolean();

    private Run(PrintStream out, FileLock lock) {
        this.out = out;
        this.lock = lock;
    }

    /** See the class. */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 4) {
            throw new IllegalArgumentException(
                    "expected: wlp directory, WAR, data directory, " + SHOP + " or " + SHOP + "," + WAREHOUSE);
        }
        boolean both = switch (arguments[3]) {
            case SHOP -> false;
            case SHOP + "," + WAREHOUSE -> true;
            default -> throw new IllegalArgumentException("there is no sample '" + arguments[3] + "'");
        };
        Path data =
                PrivateFiles.directory(Path.of(arguments[2]).toAbsolutePath().normalize());
        Run run = new Run(System.out, lock(data));
        try {
            run.prepare(Path.of(arguments[0]), data, both);
            Runtime.getRuntime().addShutdownHook(new Thread(run::stop, "stop"));
            run.start(Path.of(arguments[1]), data);
        } catch (IOException | RuntimeException e) {
            if (run.stopped.get()) {
                return; // Ctrl-C while starting
            }
            run.stop();
            throw e;
        }
        run.serve();
    }

    private void prepare(Path installation, Path data, boolean both) throws IOException {
        Path servers = data.resolve("liberty");
        int http = port("HTTP_PORT", 9080);
        refuseIfTaken("HTTP_PORT", http);
        out.println("\nStarting PostgreSQL (data in " + data + ")");
        Application shop = Application.prepare(SHOP, installation, servers, data.resolve("postgres"), http);
        applications.add(shop);
        addConsole(shop, data);
        if (!both) {
            return;
        }
        int warehouseHttp = port("WAREHOUSE_HTTP_PORT", 9081);
        int grpc = port("GRPC_PORT", 7443);
        refuseIfTaken("WAREHOUSE_HTTP_PORT", warehouseHttp);
        refuseIfTaken("GRPC_PORT", grpc);
        Application warehouse = Application.prepare(
                WAREHOUSE, installation, servers, data.resolve("postgres-warehouse"), warehouseHttp);
        applications.add(warehouse);
        addConsole(warehouse, data);
        String tls = TlsFiles.in(data.resolve("tls"), List.of(SHOP, WAREHOUSE)).toString();
        shop.liberty()
                .configure(
                        "serving.xml",
                        Map.of(
                                "GRPC_PORT", Integer.toString(grpc),
                                "TLS_DIRECTORY", tls,
                                "SAMPLE_OTHER_SIDE", warehouse.page().toString()));
        warehouse
                .liberty()
                .configure(
                        "warehouse.xml",
                        Map.of(
                                "GRPC_PORT", Integer.toString(grpc),
                                "TLS_DIRECTORY", tls,
                                "SAMPLE_OTHER_SIDE", shop.page().toString()));
    }

    private static void addConsole(Application application, Path data) {
        Passwords logins = logins(data);
        application
                .liberty()
                .configure(
                        "console.xml",
                        Map.of(
                                "CONSOLE_VIEWER_PASSWORD", logins.of("viewer"),
                                "CONSOLE_OPERATOR_PASSWORD", logins.of(OPERATOR)));
    }

    private static Passwords logins(Path data) {
        return Passwords.in(data.resolve("console"));
    }

    private void start(Path war, Path data) {
        for (Application application : applications) {
            application.liberty().deploy(war);
            out.println("Starting Open Liberty (log in "
                    + application.liberty().log().file() + ")");
            application.liberty().start();
        }
        applications.forEach(Application::awaitReady);
        boolean one = applications.size() == 1;
        out.println();
        for (Application application : applications) {
            out.println("    Open " + application.page() + (one ? "" : "   " + application.name()));
            out.println("    and  " + application.console() + "   its console: log in as " + OPERATOR
                    + ", with the password in " + logins(data).file(OPERATOR));
        }
        out.println();
        for (Application application : applications) {
            String what = application.describe();
            out.println("    "
                    + (one
                            ? Character.toUpperCase(what.charAt(0)) + what.substring(1)
                            : application.name() + ": " + what)
                    + ".");
        }
        out.println(
                one
                        ? "    Ctrl-C stops both; what is stored stays.\n"
                        : "    Kill a server, and it is started again. Ctrl-C stops all; what is stored stays.\n");
    }

    private void serve() {
        if (applications.size() == 1) {
            applications.get(0).liberty().awaitEnd();
            if (stopped.compareAndSet(false, true)) {
                applications.forEach(Application::close);
                out.println("The server has ended. Start it again with the same command: everything is still there.");
            }
            return;
        }
        List<Thread> watches = new ArrayList<>();
        for (Application application : applications) {
            Thread watch = new Thread(() -> keepRunning(application), "watch " + application.name());
            watch.start();
            watches.add(watch);
        }
        try {
            for (Thread watch : watches) {
                watch.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void keepRunning(Application application) {
        while (true) {
            application.liberty().awaitEnd();
            synchronized (this) { // not while all are being stopped
                if (stopped.get()) {
                    return;
                }
                out.println("The " + application.name() + "'s server has ended; starting it again");
                application.liberty().start();
            }
            try {
                application.awaitReady();
            } catch (IllegalStateException e) {
                if (!stopped.get()) {
                    out.println("The " + application.name() + " does not come up again: " + e.getMessage());
                }
                return;
            }
            out.println("The " + application.name() + " is back: " + application.describe());
        }
    }

    private void stop() {
        synchronized (this) {
            if (!stopped.compareAndSet(false, true)) {
                return;
            }
        }
        out.println("\nStopping");
        List<Thread> stops = applications.stream()
                .map(application -> new Thread(application::close, "stop " + application.name()))
                .toList();
        stops.forEach(Thread::start);
        try {
            for (Thread one : stops) {
                one.join();
            }
            lock.release();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int port(String variable, int otherwise) {
        String text = System.getenv().getOrDefault(variable, Integer.toString(otherwise));
        return Integer.parseInt(text);
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

    private static void refuseIfTaken(String variable, int port) throws IOException {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            socket.setReuseAddress(true);
        } catch (IOException e) {
            throw new IOException("port " + port + " is taken; choose another one with " + variable, e);
        }
    }
}
