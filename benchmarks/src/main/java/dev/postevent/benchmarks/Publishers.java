package dev.postevent.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Threads that do one thing again and again. */
final class Publishers {
    private Publishers() {}

    /** Makes the work of one thread. */
    @FunctionalInterface
    interface Work {
        /**
         * The work.
         *
         * @return called again and again; its result is how many events it committed
         */
        Callable<Integer> of(int thread) throws Exception;
    }

    /** At full speed for so long; returns the events committed. */
    static long fullSpeed(int threads, long millis, Work work) throws Exception {
        long deadline = System.nanoTime() + millis * 1_000_000;
        AtomicLong committed = new AtomicLong();
        each(threads, thread -> {
            Callable<Integer> one = work.of(thread);
            return () -> {
                while (System.nanoTime() < deadline) {
                    committed.addAndGet(one.call());
                }
                return null;
            };
        });
        return committed.get();
    }

    /**
     * Paced: each thread {@code perSecond} times a second, {@code times} in all.
     *
     * @return the nanoseconds each call took
     */
    static List<Long> paced(int threads, double perSecond, int times, Work work) throws Exception {
        List<List<Long>> all = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            all.add(new ArrayList<>(times));
        }
        each(threads, thread -> {
            Callable<Integer> one = work.of(thread);
            List<Long> took = all.get(thread);
            return () -> {
                long interval = (long) (1e9 / perSecond);
                long due = System.nanoTime() + interval * thread / threads;
                for (int i = 0; i < times; i++) {
                    due += interval;
                    long wait;
                    while ((wait = due - System.nanoTime()) > 0) {
                        LockSupport.parkNanos(wait);
                    }
                    long began = System.nanoTime();
                    one.call();
                    took.add(System.nanoTime() - began);
                }
                return null;
            };
        });
        List<Long> joined = new ArrayList<>();
        all.forEach(joined::addAll);
        return joined;
    }

    @FunctionalInterface
    private interface Job {
        Callable<Void> of(int thread) throws Exception;
    }

    private static void each(int threads, Job job) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Void>> jobs = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                jobs.add(job.of(thread));
            }
            for (Future<Void> done : pool.invokeAll(jobs)) {
                done.get();
            }
        } finally {
            pool.shutdownNow();
        }
    }
}
