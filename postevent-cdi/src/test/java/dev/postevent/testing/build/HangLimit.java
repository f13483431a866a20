package dev.postevent.testing.build;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * Ends a JVM whose test class takes longer than any does, with a thread dump on its error output.
 *
 * <p>JUnit's own timeout interrupts a method, and a method that does not listen goes on for ever: this is for those. The limit of a
 * class is {@code test.class-limit-seconds} (default 20 minutes); a test that is asked to be longer says so.
 */
public final class HangLimit {
    private static final Duration LIMIT = Duration.ofSeconds(Long.getLong("test.class-limit-seconds", 1_200));
    private static final int EXIT_STATUS = 86;

    private static volatile long extraNanos;

    private final String name;
    private final long beganNanos = System.nanoTime();

    HangLimit(String name) {
        this.name = name;
        extraNanos = 0;
    }

    /** Gives the class that runs now so much more than the limit. */
    public static void extend(Duration more) {
        extraNanos = more.toNanos();
    }

    /** Does not return if the class has run for too long. */
    void check() {
        if (System.nanoTime() - beganNanos > LIMIT.toNanos() + extraNanos) {
            System.err.println(
                    name + " hangs: more than " + LIMIT.plusNanos(extraNanos).toSeconds() + " s, all threads:");
            System.err.println(dump());
            System.err.flush();
            Runtime.getRuntime().halt(EXIT_STATUS);
        }
    }

    /** All threads with whole stacks and the locks they hold and wait for. */
    static String dump() {
        Map<Long, ThreadInfo> locks = new TreeMap<>();
        for (ThreadInfo info : ManagementFactory.getThreadMXBean().dumpAllThreads(true, true)) {
            locks.put(info.getThreadId(), info);
        }
        StringBuilder text = new StringBuilder();
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            text.append('"').append(thread.getName()).append("\" ").append(thread.getState());
            ThreadInfo info = locks.get(thread.getId());
            if (info != null && info.getLockInfo() != null) {
                text.append(" waits for ").append(info.getLockInfo());
                if (info.getLockOwnerName() != null) {
                    text.append(" of \"").append(info.getLockOwnerName()).append('"');
                }
            }
            text.append('\n');
            for (StackTraceElement frame : stack) {
                text.append("\tat ").append(frame).append('\n');
            }
        });
        return text.toString();
    }
}
