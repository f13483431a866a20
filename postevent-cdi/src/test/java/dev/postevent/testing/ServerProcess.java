package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The server of a cluster of the test's own, by {@code pg_ctl} and process id. */
public final class ServerProcess {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final Path data;
    private final Path binaries;
    private final String options;

    /** For an embedded cluster. */
    public ServerProcess(PostgresFixture own) throws IOException {
        data = own.dataDirectory();
        long pid = pid();
        ProcessHandle server = ProcessHandle.of(pid).orElseThrow();
        binaries = Path.of(server.info().command().orElseThrow()).getParent();
        options = String.join(" ", server.info().arguments().orElseThrow());
    }

    private long pid() throws IOException {
        return Long.parseLong(
                Files.readAllLines(data.resolve("postmaster.pid")).get(0).strip());
    }

    /** Stops it in a mode of {@code pg_ctl}. */
    public void stop(String mode) throws Exception {
        run("stop", "-m", mode, "-w");
    }

    /**
     * Starts it again and waits until it answers. Tries again for a while: backends of a postmaster that was killed may still be at
     * their memory, and then the server refuses to start.
     */
    public void start() throws Exception {
        await().atMost(LONG)
                .untilAsserted(
                        () -> run("start", "-w", "-l", data.resolve("again.log").toString(), "-o", options));
    }

    /** {@code kill -9} of the postmaster. */
    public void kill() throws Exception {
        long pid = pid();
        signal(pid, "KILL");
        await().atMost(LONG).until(() -> ProcessHandle.of(pid).isEmpty());
    }

    /** Sends a signal to a process. */
    public static void signal(long pid, String name) {
        try {
            assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid))
                            .start()
                            .waitFor())
                    .isZero();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void run(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            // as the fixture does: the server refuses to run as root, also in name only
            command.addAll(List.of("unshare", "-U"));
        }
        command.addAll(List.of(binaries.resolve("pg_ctl").toString(), "-D", data.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(data.resolve("again.out").toFile())
                .start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue())
                .as(() -> command + "\n" + said("again.out") + "\n" + said("again.log"))
                .isZero();
    }

    /** The end of what was written there. */
    private String said(String file) {
        try {
            String all = Files.exists(data.resolve(file)) ? Files.readString(data.resolve(file)) : "";
            return file + ": " + all.substring(Math.max(0, all.length() - 2_000));
        } catch (IOException e) {
            return file + ": " + e;
        }
    }
}
