package dev.postevent.internal.outbox;

import dev.postevent.internal.jdbc.LockHolders;
import dev.postevent.internal.jdbc.LogSession;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Names who has the locks that a publisher has waited for in vain. The transaction of that publisher has failed, and its connection answers
 * nothing any more: so it is asked on a thread without a transaction, and not for long.
 */
final class SubjectLocks implements BiFunction<TopicName, List<LogEntry>, String> {
    private static final System.Logger LOG = System.getLogger("dev.postevent.outbox");
    /** Of all who wait in vain at one moment so many ask; the others wait for the same, most often. */
    private static final int ASKING_MAX = 4;

    private static final long LIMIT_MILLIS = 1_000;

    private final DataSource dataSource;
    private final Semaphore places = new Semaphore(ASKING_MAX);
    private volatile @Nullable ExecutorService pool;

    SubjectLocks(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    void askOn(ExecutorService threads) {
        pool = threads;
    }

    /** The end of a sentence about those locks; empty if nobody has them any more, or it is not known. */
    @Override
    public String apply(TopicName topic, List<LogEntry> entries) {
        ExecutorService threads = pool;
        if (threads == null || !places.tryAcquire()) {
            return "";
        }
        AtomicBoolean left = new AtomicBoolean();
        Runnable leave = () -> {
            if (left.compareAndSet(false, true)) {
                places.release();
            }
        };
        Future<String> asked;
        try {
            asked = threads.submit(() -> {
                try {
                    return ask(topic, entries);
                } finally {
                    leave.run();
                }
            });
        } catch (RuntimeException | Error e) {
            // the application is being stopped, or no thread can be had: what failed is told without it
            leave.run();
            LOG.log(Level.DEBUG, "who has the locks of a subject is not asked", e);
            return "";
        }
        try {
            return LockHolders.named(asked.get(LIMIT_MILLIS, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        } catch (TimeoutException | ExecutionException e) {
            // what failed is told without it; a task that no thread has taken is not waited for by its place
            asked.cancel(false);
            leave.run();
            LOG.log(Level.DEBUG, "who has the locks of a subject is not known", e);
            return "";
        }
    }

    private String ask(TopicName topic, List<LogEntry> entries) throws SQLException {
        try (LogSession session = LogSession.open(dataSource)) {
            return OutboxStore.holders(session.connection(), topic, entries);
        }
    }
}
