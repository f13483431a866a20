package dev.postevent.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Time and CPU from when it is made until a sample is taken. */
final class Meter {
    /** Linux counts CPU in hundredths of a second (USER_HZ). */
    private static final double TICKS_PER_SECOND = 100;

    private static final OperatingSystemMXBean SYSTEM =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

    private final long databasePid;
    private final long began = System.nanoTime();
    private final double jvmBefore = jvm();
    private final double databaseBefore;

    Meter(long databasePid) {
        this.databasePid = databasePid;
        this.databaseBefore = tree(databasePid);
    }

    /** A sample whose figure is events per second since the meter was made. */
    Sample rate(long events) {
        return rate(events, began, System.nanoTime());
    }

    /** A sample whose figure is events per second between two readings of the nano clock. */
    Sample rate(long events, long fromNanos, long toNanos) {
        return sample(events * 1e9 / Math.max(1, toNanos - fromNanos));
    }

    /** A sample with a figure of its own. */
    Sample sample(double value) {
        return new Sample(
                value,
                (System.nanoTime() - began) / 1e9,
                jvm() - jvmBefore,
                tree(databasePid) - databaseBefore,
                SYSTEM.getSystemLoadAverage(),
                Map.of());
    }

    private static double jvm() {
        return SYSTEM.getProcessCpuTime() / 1e9;
    }

    /** CPU seconds of a process, its children and those of them that ended. */
    static double tree(long pid) {
        double own = own(pid, true);
        List<ProcessHandle> children = ProcessHandle.of(pid).stream()
                .flatMap(ProcessHandle::descendants)
                .toList();
        for (ProcessHandle child : children) {
            own += own(child.pid(), false);
        }
        return own;
    }

    private static double own(long pid, boolean withEnded) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            double ticks = Double.parseDouble(fields[11]) + Double.parseDouble(fields[12]);
            if (withEnded) {
                ticks += Double.parseDouble(fields[13]) + Double.parseDouble(fields[14]);
            }
            return ticks / TICKS_PER_SECOND;
        } catch (IOException e) {
            if (ProcessHandle.of(pid).isEmpty()) {
                return 0; // ended between the list and the look, or while it was read
            }
            throw new UncheckedIOException(e);
        }
    }
}
