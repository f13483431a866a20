package dev.postevent.benchmarks;

import dev.postevent.benchmarks.Scenario.WrongException;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A node in a JVM of its own, so that its CPU and memory are its own. Ends with the end of its standard input. */
final class Child implements AutoCloseable {
    private static final String READY = "ready";
    private static final String PEAK = "peak heap: ";

    private final Process process;
    private final Path log;

    private Child(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Starts a node and waits until it has started.
     *
     * @param beans class of its observers
     * @param heap as in {@code -Xmx}
     */
    static Child start(PostgresFixture.Db db, String name, Class<?> beans, String heap, Map<String, String> config)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile("postevent-" + name, ".log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-Djava.util.logging.config.file=" + System.getProperty("java.util.logging.config.file", ""),
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                db.jdbcUrl(),
                db.user(),
                db.name(),
                name,
                beans.getName()));
        config.forEach((key, value) -> command.add(key + "=" + value));
        Child child = new Child(
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start(),
                log);
        child.awaitLine(READY);
        return child;
    }

    long pid() {
        return process.pid();
    }

    private String awaitLine(String begin) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (true) {
            for (String line : Files.readAllLines(log, StandardCharsets.UTF_8)) {
                if (line.startsWith(begin)) {
                    return line;
                }
            }
            if ((begin.equals(READY) && !process.isAlive()) || System.nanoTime() > deadline) {
                throw new WrongException("a node did not say '" + begin + "':\n" + Files.readString(log));
            }
            TimeUnit.MILLISECONDS.sleep(50); // until it has said so
        }
    }

    /** Ends it; the greatest sum of used heap it has seen, in bytes. */
    long end() throws IOException, InterruptedException {
        process.getOutputStream().close();
        long peak = Long.parseLong(awaitLine(PEAK).substring(PEAK.length()));
        process.waitFor();
        Files.deleteIfExists(log);
        return peak;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** The child. */
    public static void main(String... arguments) throws Exception {
        PostgresFixture.Db db = new PostgresFixture.Db(arguments[0], arguments[1], "x", arguments[2]);
        App.Builder builder = App.over(db)
                .with("postevent.application", "b" + db.name())
                .with("postevent.node", arguments[3])
                .beans(Class.forName(arguments[4]));
        for (int i = 5; i < arguments.length; i++) {
            int equals = arguments[i].indexOf('=');
            builder.with(arguments[i].substring(0, equals), arguments[i].substring(equals + 1));
        }
        try (App app = builder.start()) {
            System.out.println(READY);
            try (InputStream orders = System.in) {
                while (orders.read() >= 0) {
                    // no orders but the end
                }
            }
        }
        long peak = 0;
        for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
            if (pool.getType() == MemoryType.HEAP) {
                peak += pool.getPeakUsage().getUsed();
            }
        }
        System.out.println(PEAK + peak);
        System.exit(0); // threads of the transaction manager are no daemons
    }
}
