package dev.postevent.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * An Open Liberty server as a child process, with one WAR and its configuration: the order shop's ({@code liberty/server.xml}), or
 * another one.
 *
 * <p>The instance's directory below {@code servers} is made when it is missing and kept: a server that is killed and started again
 * finds its transaction log.
 *
 * <pre>{@code
 * try (OpenLiberty server = OpenLiberty.instance(wlp, servers, "shop", 9080, database)) {
 *     server.deploy(war);
 *     server.start();
 *     server.awaitReady(Duration.ofMinutes(2));
 *     ...
 * }
 * }</pre>
 */
public final class OpenLiberty implements AutoCloseable {
    private static final Duration STOP_LIMIT = Duration.ofMinutes(1);
    private static final Duration LAUNCH_LIMIT = Duration.ofSeconds(30);
    private static final Duration DEPLOY_LIMIT = Duration.ofMinutes(2);

    /** CWWKZ0002E, CWWKZ0004E: the application did not start. */
    private static final String DEPLOYMENT_FAILED = "CWWKZ000[24]E";

    private final Path installation;
    private final Path users;
    private final String name;
    private final String war;
    private final int httpPort;
    private final Map<String, String> environment;
    private final LibertyLog log;
    private final HttpClient http = HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .version(HttpClient.Version.HTTP_1_1)
            .build();
    private String jvmOptions = "";
    private @Nullable ProcessHandle script;
    private @Nullable ProcessHandle server;

    private OpenLiberty(Path installation, Path users, String name, String war, int httpPort, Database database) {
        this.installation = installation.toAbsolutePath();
        this.users = users.toAbsolutePath();
        this.name = name;
        this.war = war;
        this.httpPort = httpPort;
        this.environment = new HashMap<>(Map.of(
                "JAVA_HOME", System.getProperty("java.home"),
                "WLP_USER_DIR", this.users.toString(),
                "WLP_SKIP_UMASK", "true",
                "HTTP_PORT", Integer.toString(httpPort),
                "DB_HOST", database.host(),
                "DB_PORT", Integer.toString(database.port()),
                "DB_NAME", database.name(),
                "DB_USER", database.user(),
                "DB_PASSWORD", database.password()));
        this.log = new LibertyLog(directory().resolve("logs").resolve("messages.log"));
    }

    /**
     * Prepares an instance; nothing runs yet. A server of that instance left behind by a harness that was killed is ended.
     *
     * @param installation the {@code wlp} directory of the unpacked {@code io.openliberty:openliberty-runtime}
     * @param servers where instances live; not inside the installation
     * @param name the server's name, which is also its node name in postevent
     * @param httpPort where it answers, on loopback; nobody else may listen there
     * @param database what {@code jdbc/shop} connects to
     */
    public static OpenLiberty instance(Path installation, Path servers, String name, int httpPort, Database database) {
        return prepared(new OpenLiberty(installation, servers, name, "shop.war", httpPort, database), null);
    }

    /**
     * As {@link #instance(Path, Path, String, int, Database)}, for another application than the shop.
     *
     * @param configuration its {@code server.xml}, which may use the same variables
     * @param war the file name that is deployed there
     */
    public static OpenLiberty instance(
            Path installation,
            Path servers,
            String name,
            int httpPort,
            Database database,
            Path configuration,
            String war) {
        return prepared(new OpenLiberty(installation, servers, name, war, httpPort, database), configuration);
    }

    private static OpenLiberty prepared(OpenLiberty liberty, @Nullable Path configuration) {
        try {
            liberty.endLeftover();
            liberty.writeConfiguration(configuration);
        } catch (IOException e) {
            throw new UncheckedIOException("preparing server " + liberty.name + " in " + liberty.users, e);
        }
        return liberty;
    }

    /**
     * Adds a part of configuration, from the next start on.
     *
     * @param part name of a file beside {@code server.xml}, e.g. {@code warehouse.xml}
     * @param variables values of its variables: environment variables, in capitals
     */
    public void configure(String part, Map<String, String> variables) {
        environment(variables);
        try {
            copyResource(
                    "/liberty/" + part, Files.createDirectories(overrides()).resolve(part));
        } catch (IOException e) {
            throw new UncheckedIOException("configuring server " + name, e);
        }
    }

    /** Sets environment variables, from the next start on: values of the variables of {@code server.xml} and of MicroProfile Config. */
    public void environment(Map<String, String> variables) {
        environment.putAll(variables);
    }

    /** Sets options of the server's JVM beside those of {@code jvm.options}, from the next start on. */
    public void jvmOptions(String... options) {
        jvmOptions = String.join(" ", options);
    }

    /** Starts the server process and returns; see {@link #awaitReady}. */
    public void start() {
        if (isAlive()) {
            throw new IllegalStateException("server " + name + " runs already");
        }
        try {
            Files.createDirectories(directory().resolve("logs"));
            Files.deleteIfExists(log.file()); // what the last run logged must not be taken for this one's
            ProcessBuilder builder = new ProcessBuilder(
                    installation
                            .resolve("bin")
                            .resolve(isWindows() ? "server.bat" : "server")
                            .toString(),
                    "run",
                    name);
            builder.environment().putAll(environment);
            builder.environment().put("JVM_ARGS", jvmOptions);
            builder.redirectErrorStream(true);
            builder.redirectOutput(
                    directory().resolve("logs").resolve("console.log").toFile());
            ProcessHandle started = builder.start().toHandle();
            script = started;
            ProcessHandle jvm = await(LAUNCH_LIMIT, "the JVM of server " + name, () -> jvmBelow(started));
            server = jvm;
            Files.writeString(pidFile(), Long.toString(jvm.pid()));
        } catch (IOException e) {
            throw new UncheckedIOException("starting server " + name, e);
        }
    }

    /** Waits until the application's readiness is UP. */
    public void awaitReady(Duration limit) {
        awaitUrl("/health/ready", limit);
    }

    /** Waits until a GET of {@code path} answers with status 200. */
    public void awaitUrl(String path, Duration limit) {
        await(limit, "GET " + uri(path) + " of server " + name + " (see " + log.file() + ")", () -> {
            if (!isAlive()) {
                throw new IllegalStateException("server " + name + " ended while starting, see " + log.file());
            }
            log.find(0, DEPLOYMENT_FAILED).ifPresent(line -> {
                throw new IllegalStateException("server " + name + " did not start the application: " + line);
            });
            return answers(path) ? Optional.of(true) : Optional.empty();
        });
    }

    /** Stops the server as a service manager does, with SIGTERM: applications are undeployed first. */
    public void stop() {
        end(ProcessHandle::destroy);
    }

    /** Ends the JVM as {@code kill -9} does. */
    public void kill() {
        end(ProcessHandle::destroyForcibly);
    }

    /** Puts the WAR {@code built} in place; a running server deploys it, or deploys it anew, and this waits until it has. */
    public void deploy(Path built) {
        long from = log.size();
        try {
            Files.createDirectories(deployed().getParent());
            // the monitor must never see half a file: write beside it, then rename
            Path next = directory().resolve("next.war");
            Files.copy(built, next, StandardCopyOption.REPLACE_EXISTING);
            Files.setLastModifiedTime(next, FileTime.fromMillis(System.currentTimeMillis()));
            Files.move(next, deployed(), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("deploying " + built + " on server " + name, e);
        }
        if (isAlive()) {
            // CWWKZ0001I: started, CWWKZ0003I: updated
            awaitLog(from, DEPLOYMENT_FAILED + "|CWWKZ000[13]I");
        }
    }

    /** Takes the WAR away; a running server undeploys it, and this waits until it has. */
    public void undeploy() {
        long from = log.size();
        try {
            Files.delete(deployed());
        } catch (IOException e) {
            throw new UncheckedIOException("undeploying from server " + name, e);
        }
        if (isAlive()) {
            awaitLog(from, "CWWKZ0009I"); // stopped
        }
    }

    /** Whether the server's JVM runs. */
    public boolean isAlive() {
        return server != null && server.isAlive();
    }

    /** Waits until the server's JVM ends by itself or by somebody's hand. */
    public void awaitEnd() {
        if (server != null) {
            server.onExit().join();
        }
    }

    /** The process id of the server's JVM. */
    public long pid() {
        if (server == null) {
            throw new IllegalStateException("server " + name + " was not started");
        }
        return server.pid();
    }

    /** {@code http://localhost:port} and {@code path}. */
    public URI uri(String path) {
        return URI.create("http://localhost:" + httpPort + path);
    }

    /** The server's {@code messages.log}. */
    public LibertyLog log() {
        return log;
    }

    /** Stops the server if it runs. */
    @Override
    public void close() {
        if (isAlive()) {
            stop();
        }
    }

    private Path directory() {
        return users.resolve("servers").resolve(name);
    }

    private Path deployed() {
        return directory().resolve("apps").resolve(war);
    }

    private Path overrides() {
        return directory().resolve("configDropins").resolve("overrides");
    }

    private Path pidFile() {
        return directory().resolve("server.pid");
    }

    private void writeConfiguration(@Nullable Path configuration) throws IOException {
        Path library = Files.createDirectories(directory().resolve("lib"));
        deleteTree(overrides()); // an instance may have been something else in its last life
        Path serverXml = directory().resolve("server.xml");
        if (configuration == null) {
            copyResource("/liberty/server.xml", serverXml);
            copyResource("/liberty/jvm.options", directory().resolve("jvm.options"));
        } else {
            Files.copy(configuration, serverXml, StandardCopyOption.REPLACE_EXISTING);
        }
        Path driver = Path.of(URI.create(PGSimpleDataSource.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString()));
        Files.copy(driver, library.resolve("postgresql-driver.jar"), StandardCopyOption.REPLACE_EXISTING);
    }

    private static void deleteTree(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> tree = Files.walk(directory)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static void copyResource(String resource, Path target) throws IOException {
        try (InputStream in = OpenLiberty.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is not on the class path");
            }
            Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private void endLeftover() throws IOException {
        if (Files.exists(pidFile())) {
            ProcessHandle.of(Long.parseLong(Files.readString(pidFile()).strip()))
                    // process ids are used again: it is ours only if it runs this server from this installation
                    .filter(process -> {
                        String[] arguments = process.info().arguments().orElse(new String[0]);
                        return arguments.length > 0
                                && arguments[arguments.length - 1].equals(name)
                                && String.join(" ", arguments).contains(installation.toString());
                    })
                    .ifPresent(leftover -> {
                        server = leftover;
                        kill();
                    });
        }
    }

    private void end(Predicate<ProcessHandle> signal) {
        ProcessHandle ending = server;
        if (ending == null) {
            throw new IllegalStateException("server " + name + " was not started");
        }
        if (!signal.test(ending) && ending.isAlive()) {
            throw new IllegalStateException("server " + name + ", process " + ending.pid() + ", cannot be signalled");
        }
        try {
            ending.onExit().get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            if (script != null) {
                script.onExit().get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            }
            Files.deleteIfExists(pidFile());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while stopping server " + name, e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException(
                    "server " + name + ", process " + ending.pid() + ", did not end within " + STOP_LIMIT, e);
        } catch (IOException e) {
            throw new UncheckedIOException("deleting " + pidFile(), e);
        }
    }

    private void awaitLog(long from, String pattern) {
        String line = await(DEPLOY_LIMIT, pattern + " in " + log.file(), () -> log.find(from, pattern));
        if (line.matches(".*(" + DEPLOYMENT_FAILED + ").*")) {
            throw new IllegalStateException("server " + name + ": " + line);
        }
    }

    private boolean answers(String path) {
        try {
            HttpRequest request = HttpRequest.newBuilder(uri(path))
                    .timeout(Duration.ofSeconds(10))
                    .build();
            return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException e) {
            return false; // not listening yet, which is what we wait out
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + uri(path), e);
        }
    }

    private static Optional<ProcessHandle> jvmBelow(ProcessHandle script) {
        if (!script.isAlive()) {
            throw new IllegalStateException("the server script ended at once; see console.log of the server");
        }
        return Stream.concat(Stream.of(script), script.descendants())
                .filter(process -> process.info()
                        .arguments()
                        .map(arguments -> String.join(" ", arguments).contains("ws-server.jar"))
                        .orElse(false))
                .filter(process -> process.info().command().orElse("").matches(".*java(\\.exe)?"))
                .findFirst();
    }

    private static boolean isWindows() {
        return System.getProperty("os.name").startsWith("Windows");
    }

    private static <T> T await(Duration limit, String what, Supplier<Optional<T>> probe) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            Optional<T> found = probe.get();
            if (found.isPresent()) {
                return found.get();
            }
            if (System.nanoTime() > deadline) {
                throw new IllegalStateException("waited " + limit.toSeconds() + " s in vain for " + what);
            }
            try {
                TimeUnit.MILLISECONDS.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for " + what, e);
            }
        }
    }
}
