package dev.postevent.testing.build;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Writes a line for each test class to a file of its JVM in the directory {@code test.profile}; {@link ProfileReport} reads them. JUnit
 * finds it by its service file. Without that property it only watches for tests that hang.
 */
public final class BuildProfile implements TestExecutionListener {
    /** Often enough that little of a daemon's time is missing. */
    private static final long LOOK_EVERY_MILLIS = 1_000;

    private final ProcessTree processes = new ProcessTree();
    private final Consumer<ClassResult> to;
    private final Set<String> failedBefore = new HashSet<>();
    private @Nullable ScheduledExecutorService watch;
    private volatile @Nullable Running running;

    /** As JUnit makes it. */
    public BuildProfile() {
        this(BuildProfile::write);
    }

    BuildProfile(Consumer<ClassResult> to) {
        this.to = to;
    }

    /** The class that runs now. */
    private static final class Running {
        private final String id;
        private final String name;
        private final long startedMillis = System.currentTimeMillis();
        private final long beganNanos = System.nanoTime();
        private final long cpuMillis;
        private final HangLimit limit;
        private final List<String> again = new ArrayList<>();
        private int tests;
        private int failed;

        Running(String id, String name, long cpuMillis) {
            this.id = id;
            this.name = name;
            this.cpuMillis = cpuMillis;
            this.limit = new HangLimit(name);
        }
    }

    @Override
    public void executionStarted(TestIdentifier test) {
        if (running == null && test.isContainer() && test.getSource().orElse(null) instanceof ClassSource source) {
            running = new Running(test.getUniqueId(), source.getClassName(), processes.cpuMillis());
            if (watch == null) {
                watch = Executors.newSingleThreadScheduledExecutor(task -> {
                    Thread thread = new Thread(task, "build-profile");
                    thread.setDaemon(true);
                    return thread;
                });
                watch.scheduleWithFixedDelay(this::look, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }

    private void look() {
        processes.cpuMillis();
        Running now = running;
        if (now != null) {
            now.limit.check();
        }
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        Running now = running;
        if (now == null) {
            return;
        }
        boolean successful = result.getStatus() == TestExecutionResult.Status.SUCCESSFUL;
        if (test.isTest()) {
            now.tests++;
        }
        if (!successful) {
            now.failed++;
            failedBefore.add(test.getUniqueId());
        } else if (failedBefore.contains(test.getUniqueId())) {
            now.again.add(
                    test.getSource().orElse(null) instanceof MethodSource source ? source.getMethodName() : "(class)");
        }
        if (test.getUniqueId().equals(now.id)) {
            running = null;
            to.accept(new ClassResult(
                    System.getProperty("test.build", ""),
                    System.getProperty("test.module", ""),
                    System.getProperty("test.run", ""),
                    now.name,
                    now.startedMillis,
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - now.beganNanos),
                    processes.cpuMillis() - now.cpuMillis,
                    now.tests,
                    now.failed,
                    now.again));
        }
    }

    private static void write(ClassResult result) {
        String directory = System.getProperty("test.profile", "");
        if (directory.isEmpty()) {
            return;
        }
        try {
            Path file = Files.createDirectories(Path.of(directory))
                    .resolve(ProcessHandle.current().pid() + ".csv");
            Files.writeString(
                    file,
                    result.line() + "\n",
                    StandardCharsets.UTF_8,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
