package dev.postevent.internal.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.internal.jdbc.LostConnection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who makes our threads, and when they are replaced. */
@Timeout(60)
class OwnThreadTest {
    private static final Duration LIMIT = Duration.ofSeconds(30);

    /** Threads of the factory, and who made each. */
    private final List<Thread> made = new CopyOnWriteArrayList<>();

    private final List<Thread> makers = new CopyOnWriteArrayList<>();
    private final Set<Throwable> uncaught = ConcurrentHashMap.newKeySet();
    private Threads threads = new Threads(this::make);

    private Thread make(Runnable task) {
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.setUncaughtExceptionHandler((of, failure) -> uncaught.add(failure));
        makers.add(Thread.currentThread());
        made.add(thread);
        return thread;
    }

    @AfterEach
    void stop() {
        assertThat(threads.stop(LIMIT)).isTrue();
        assertThat(uncaught).isEmpty();
    }

    private static Thread in(ExecutorService pool, Runnable task) throws Exception {
        return pool.submit(() -> {
                    task.run();
                    return Thread.currentThread();
                })
                .get(30, TimeUnit.SECONDS);
    }

    @Test
    void aPoolsThreadThatWasRetiredEndsWithoutAWordAndIsReplaced() throws Exception {
        ExecutorService pool = threads.pool(1);
        Thread first = in(pool, () -> {});
        assertThat(in(pool, () -> OwnThread.retire("a test says so"))).isSameAs(first);
        Thread second = in(pool, () -> assertThat(OwnThread.isSpent()).isFalse());
        assertThat(second).isNotSameAs(first);
        assertThat(in(pool, () -> {})).isSameAs(second);
        first.join(LIMIT.toMillis());
        assertThat(first.isAlive()).isFalse();
    }

    @Test
    void whatWaitsForAThreadThatCouldNotBeHadGetsOneLater() throws Exception {
        AtomicBoolean none = new AtomicBoolean(true);
        OwnPool pool = new OwnPool(1, new LinkedBlockingQueue<>(), task -> none.get() ? null : make(task));
        Future<Thread> waits = pool.submit(Thread::currentThread);
        pool.makeUpForAMissingThread();
        assertThat(pool.getPoolSize()).isZero();
        none.set(false);
        pool.makeUpForAMissingThread();
        assertThat(waits.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).isIn(made);
        pool.shutdown();
    }

    @Test
    void aTimerGoesOnAfterOneOfItsThreadsWasRetired() throws Exception {
        BlockingQueue<Thread> ran = new LinkedBlockingQueue<>();
        ScheduledFuture<?> regular = threads.timer()
                .scheduleWithFixedDelay(
                        () -> {
                            ran.add(Thread.currentThread());
                            OwnThread.retire("a test says so");
                        },
                        0,
                        1,
                        TimeUnit.MILLISECONDS);
        List<Thread> three = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            three.add(ran.poll(30, TimeUnit.SECONDS));
        }
        regular.cancel(false);
        assertThat(three).doesNotContainNull().doesNotHaveDuplicates();
    }

    @Test
    void aLoopGoesOnOnAnotherThread() throws Exception {
        BlockingQueue<Thread> ran = new LinkedBlockingQueue<>();
        AtomicBoolean stop = new AtomicBoolean();
        Loop loop = threads.loop("of-a-test", () -> {
            ran.add(Thread.currentThread());
            while (!stop.get() && !OwnThread.isSpent()) {
                OwnThread.retire("a test says so");
            }
        });
        Thread first = ran.poll(30, TimeUnit.SECONDS);
        Thread second = ran.poll(30, TimeUnit.SECONDS);
        assertThat(first).isNotNull();
        assertThat(second).isNotNull().isNotSameAs(first);
        assertThat(loop.awaitEnd(Duration.ZERO)).isFalse();
        stop.set(true);
        assertThat(loop.awaitEnd(LIMIT)).isTrue();
    }

    @Test
    void aLoopThatIsInterruptedGetsNoFurtherThread() throws Exception {
        BlockingQueue<Thread> ran = new LinkedBlockingQueue<>();
        Loop loop = threads.loop("of-a-test", () -> {
            ran.add(Thread.currentThread());
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                OwnThread.retire("a test says so");
            }
        });
        assertThat(ran.poll(30, TimeUnit.SECONDS)).isNotNull();
        loop.interrupt();
        assertThat(loop.awaitEnd(LIMIT)).isTrue();
        assertThat(ran).isEmpty();
    }

    @Test
    void aThreadWhereAConnectionWasLostIsRetiredAndOneWhereAStatementFailedIsNot() throws Exception {
        ExecutorService pool = threads.pool(1);
        Predicate<Throwable> retires = failure -> {
            try {
                Thread before = in(pool, () -> {});
                in(pool, () -> LostConnection.retireThread(failure));
                return in(pool, () -> {}) != before;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
        assertThat(retires.test(new SQLException("closed", "08003"))).isTrue();
        assertThat(retires.test(new IllegalStateException(new SQLException("shutting down", "57P01"))))
                .isTrue();
        SQLException next = new SQLException("batch", "25P02");
        next.setNextException(new SQLException("gone", "08006"));
        assertThat(retires.test(next)).isTrue();
        Exception suppressing = new IllegalStateException("commit failed");
        suppressing.addSuppressed(new SQLException("gone", "08006"));
        assertThat(retires.test(suppressing)).isTrue();
        assertThat(retires.test(new SQLException("deadlock", "40P01"))).isFalse();
        assertThat(retires.test(new SQLException("unique", "23505"))).isFalse();
        assertThat(retires.test(new SQLException("this handle is closed, says the pool")))
                .isTrue();
        assertThat(retires.test(new IllegalStateException("an observer failed")))
                .isFalse();
    }

    @Test
    void whoeverAsksForAThreadItIsMadeByOneOfOurOwn() throws Exception {
        FutureTask<Thread> foreign = new FutureTask<>(() -> in(threads.pool(1), () -> {}));
        new Thread(foreign).start();
        Thread ours = foreign.get(30, TimeUnit.SECONDS);
        assertThat(made).contains(ours);
        assertThat(makers.get(made.indexOf(ours))).isSameAs(made.get(0));
        // and not by the thread that is replaced
        ExecutorService pool = threads.pool(1);
        in(pool, () -> OwnThread.retire("a test says so"));
        Thread second = in(pool, () -> {});
        assertThat(makers.get(made.indexOf(second))).isSameAs(made.get(0));
    }

    @Test
    void whereNoThreadBeginsBeforeTheApplicationHasStartedTheStartMakesThem() throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        Threads late = new Threads(task -> make(() -> {
            try {
                started.await();
                task.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        ExecutorService pool = late.pool(2);
        pool.execute(() -> {});
        assertThat(makers.get(makers.size() - 1)).isSameAs(Thread.currentThread());
        started.countDown();
        Thread later = in(pool, () -> {});
        assertThat(made).contains(later);
        assertThat(late.stop(LIMIT)).isTrue();
    }

    @Test
    void afterTheServerHasEndedItsThreadsThereAreStillThoseThatItMakes() throws Exception {
        Thread maker = made.get(0);
        maker.interrupt();
        maker.join(LIMIT.toMillis());
        assertThat(maker.isAlive()).isFalse();
        assertThat(in(threads.pool(1), () -> {})).isIn(made);
    }

    @Test
    void aFactoryThatRefusesIsSaidToDoSo() {
        AtomicBoolean refuses = new AtomicBoolean();
        Threads refused = new Threads(task -> {
            if (refuses.get()) {
                throw new IllegalStateException("shut down");
            }
            return make(task);
        });
        refuses.set(true);
        assertThatThrownBy(() -> refused.start("test", () -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("shut down");
        refuses.set(false);
        assertThat(refused.stop(LIMIT)).isTrue();
    }
}
