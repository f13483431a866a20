package dev.postevent.testing.build;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * CPU time of this JVM and of all it started, ended ones included: PostgreSQL, nodes, servers.
 *
 * <p>Linux only, by {@code /proc}; elsewhere it is the time of this JVM. A process adds the time of each child it has waited for to a
 * counter of its own, so the sum over all that live is exact while parents live. A process that made itself a daemon (PostgreSQL does)
 * has lost its parent; it is known by the environment variable that the build gives each JVM of tests, and by the last look at it once
 * it has ended: what it did after that look is missing.
 */
final class ProcessTree {
    /** The build sets it for each JVM of tests, with a value of its own. */
    static final String MARK = "BUILD_TEST_JVM";

    /** What Linux counts CPU time in, on every platform that Java runs on. */
    private static final long MILLIS_PER_TICK = 10;

    private static final Path PROC = Path.of("/proc");

    private final long self = ProcessHandle.current().pid();
    private final String mark;
    private final boolean known;
    private final Set<Long> strangers = new HashSet<>();
    private final Map<Long, Long> daemons = new HashMap<>();
    private long ofEndedDaemons;

    ProcessTree() {
        String value = System.getenv(MARK);
        mark = MARK + "=" + value;
        known = value != null && Files.isReadable(PROC.resolve("self/stat"));
    }

    private record Process(long pid, long parent, long millis) {}

    /** Milliseconds of CPU time until now. */
    synchronized long cpuMillis() {
        if (!known) {
            return ProcessHandle.current()
                    .info()
                    .totalCpuDuration()
                    .map(java.time.Duration::toMillis)
                    .orElse(0L);
        }
        Map<Long, Process> ours = ours();
        Map<Long, Long> living = new HashMap<>();
        long sum = 0;
        for (Process process : ours.values()) {
            long root = rootOf(process, ours);
            if (root == self) {
                sum += process.millis();
            } else {
                living.merge(root, process.millis(), Long::sum);
            }
        }
        daemons.forEach((pid, millis) -> {
            if (!living.containsKey(pid)) {
                ofEndedDaemons += millis;
            }
        });
        daemons.clear();
        daemons.putAll(living);
        return sum
                + ofEndedDaemons
                + living.values().stream().mapToLong(Long::longValue).sum();
    }

    private static long rootOf(Process process, Map<Long, Process> ours) {
        Process root = process;
        for (Process parent = ours.get(root.parent()); parent != null; parent = ours.get(root.parent())) {
            root = parent;
        }
        return root.pid();
    }

    private Map<Long, Process> ours() {
        List<Long> pids = pids();
        strangers.retainAll(new HashSet<>(pids));
        Map<Long, Process> candidates = new HashMap<>();
        for (long pid : pids) {
            if (!strangers.contains(pid)) {
                Process process = read(pid);
                if (process != null) {
                    candidates.put(pid, process);
                }
            }
        }
        Map<Long, Process> ours = new HashMap<>();
        candidates.values().forEach(process -> {
            if (isOurs(process, candidates)) {
                ours.put(process.pid(), process);
            } else {
                strangers.add(process.pid());
            }
        });
        return ours;
    }

    private boolean isOurs(Process process, Map<Long, Process> candidates) {
        for (Process at = process; at != null; at = candidates.get(at.parent())) {
            if (at.pid() == self || daemons.containsKey(at.pid()) || isMarked(at.pid())) {
                return true;
            }
        }
        return false;
    }

    private boolean isMarked(long pid) {
        try {
            String environment = Files.readString(PROC.resolve(pid + "/environ"), StandardCharsets.ISO_8859_1);
            return List.of(environment.split("\0")).contains(mark);
        } catch (IOException e) {
            return false; // it has ended, or belongs to somebody else
        }
    }

    private static List<Long> pids() {
        List<Long> pids = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            entries.forEach(entry -> pids.add(Long.parseLong(entry.getFileName().toString())));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return pids;
    }

    /** See {@code proc(5)}: the parent is field 4, the times are 14 to 17; the name in field 2 may hold anything. */
    private static @org.jspecify.annotations.Nullable Process read(long pid) {
        try {
            String stat = Files.readString(PROC.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            long ticks = 0;
            for (int field = 14; field <= 17; field++) {
                ticks += Long.parseLong(fields[field - 3]);
            }
            return new Process(pid, Long.parseLong(fields[1]), ticks * MILLIS_PER_TICK);
        } catch (IOException e) {
            return null; // it has ended meanwhile
        }
    }
}
