package dev.postevent.campaign;

import static org.awaitility.Awaitility.await;

import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.Proxy;
import dev.postevent.testing.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;

/** A {@link CampaignNode} as seen from outside. */
final class NodeProcess {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db db;
    private final Proxy network;
    private final String name;
    private final Path log;
    private final Duration lease;
    private final List<String> properties;
    private final long seed;
    private Process process;
    private int lives;
    private int questions;

    /** Its connections to the database on {@code port} go over a network of its own. */
    NodeProcess(
            PostgresFixture.Db db,
            int port,
            String name,
            Path directory,
            Duration lease,
            List<String> properties,
            long seed) {
        this.network = new Proxy(port);
        this.db = new PostgresFixture.Db(
                db.jdbcUrl().replace(":" + port + "/", ":" + network.port() + "/"),
                db.user(),
                db.password(),
                db.name());
        this.name = name;
        this.log = directory.resolve(name + ".log");
        this.lease = lease;
        this.properties = properties;
        this.seed = seed;
    }

    Proxy network() {
        return network;
    }

    String name() {
        return name;
    }

    /** Starts a JVM and returns at once. */
    void start() {
        start(Map.of());
    }

    /** Starts a JVM with environment variables of its own and returns at once. */
    void start(Map<String, String> environment) {
        lives++;
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                "-Djava.util.logging.config.file=" + System.getProperty("java.util.logging.config.file", ""),
                "-Dtest.roles=" + System.getProperty("test.roles", "false"),
                "-Dtest.roles.prepared=true",
                "-Dtest.inbox=" + System.getProperty("test.inbox", "copy")));
        properties.forEach(property -> command.add("-Dcampaign." + property));
        // each life does something else, and the same again in another run with the seed
        command.add("-Dcampaign.seed=" + (seed + 1_000L * lives));
        command.addAll(List.of(
                CampaignNode.class.getName(),
                db.jdbcUrl(),
                db.user(),
                db.name(),
                name,
                Long.toString(lease.toMillis())));
        try {
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().putAll(environment);
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it has started. */
    void awaitReady() {
        awaitSaid(CampaignNode.READY, lives);
    }

    private void awaitSaid(String text, int times) {
        await(name + " says '" + text + "'").atMost(LONG).until(() -> {
            checkAlive();
            return said(text) >= times;
        });
    }

    private void checkAlive() {
        if (!process.isAlive()) {
            throw new IllegalStateException(name + " ended with " + process.exitValue() + ", see " + log);
        }
    }

    private long said(String text) throws IOException {
        try (var lines = Files.lines(log, StandardCharsets.UTF_8)) {
            return lines.filter(text::equals).count();
        }
    }

    void kill() {
        process.destroyForcibly();
        awaitDeath();
    }

    void awaitDeath() {
        await(name + " dies").atMost(LONG).until(() -> !process.isAlive());
    }

    void freeze() {
        ServerProcess.signal(process.pid(), "STOP");
    }

    void thaw() {
        ServerProcess.signal(process.pid(), "CONT");
    }

    /** Ends it in order, as an undeploy does. */
    void quit() {
        order("quit");
        await(name + " ends").atMost(LONG).until(() -> !process.isAlive());
    }

    void quiet() {
        order("quiet");
        awaitSaid(CampaignNode.QUIET, 1);
    }

    /** What it says of itself: its status report. */
    String report() {
        return ask("report");
    }

    /** Its heap after a collection in bytes, the events it committed, its lag in positions. */
    long[] figures() {
        String[] words = ask("figures").split(" ");
        return new long[] {Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2])};
    }

    private String ask(String question) {
        String begin = "answer " + lives + "." + ++questions + " ";
        order(question + begin.substring("answer".length()).stripTrailing());
        AtomicReference<String> answer = new AtomicReference<>();
        await(name + " answers '" + question + "'").atMost(LONG).until(() -> {
            checkAlive();
            try (var lines = Files.lines(log, StandardCharsets.UTF_8)) {
                lines.filter(line -> line.startsWith(begin) && line.endsWith(CampaignNode.END))
                        .findFirst()
                        .ifPresent(line ->
                                answer.set(line.substring(begin.length(), line.length() - CampaignNode.END.length())));
            }
            return answer.get() != null;
        });
        return answer.get();
    }

    /** Gives it one of the orders of {@link CampaignNode}. */
    void order(String text) {
        try {
            process.getOutputStream().write((text + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " does not listen, see " + log, e);
        }
    }

    /** Whatever state it is in. */
    void end() {
        if (process != null) {
            process.destroyForcibly();
        }
        network.close();
    }
}
