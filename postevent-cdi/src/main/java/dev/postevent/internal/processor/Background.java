package dev.postevent.internal.processor;

import dev.postevent.internal.jdbc.Transient;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** Tasks of one kind beside the lanes, at most one of them at a time: a database that hangs must not pile them up. */
final class Background {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");

    private final ExecutorService pool;
    private final String name;
    private final Troubles troubles;
    private final AtomicBoolean busy = new AtomicBoolean();

    /** {@code name}: where it is told that one failed, until one did not. */
    Background(ExecutorService pool, String name, Troubles troubles) {
        this.pool = pool;
        this.name = name;
        this.troubles = troubles;
    }

    /** What asks the database. */
    interface Task {
        void run() throws SQLException;
    }

    /** Runs a task unless one is running or queued. Returns at once. */
    void request(Task task) {
        if (!busy.compareAndSet(false, true)) {
            return;
        }
        boolean submitted = submit(pool, () -> {
            try {
                task.run();
                troubles.well(name);
            } catch (SQLException | RuntimeException | Error e) {
                troubles.met(name, Failures.describe(e), Transient.isAway(e));
            } finally {
                busy.set(false);
            }
        });
        if (!submitted) {
            busy.set(false);
        }
    }

    /** Returns false if the pool takes nothing more because we are being stopped, or has no thread: then the next poll asks again. */
    static boolean submit(ExecutorService pool, Runnable task) {
        try {
            pool.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "nothing can be begun at the moment, will be tried again", e);
            return false;
        }
    }
}
