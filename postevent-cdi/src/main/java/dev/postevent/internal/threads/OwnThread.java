package dev.postevent.internal.threads;

import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A thread of ours, as whoever works on it sees it: it can be told to end once its task is done, and whoever made it makes another.
 *
 * <p>To a server a thread is one call of a component, however long it lives: what the server keeps for the length of a call it keeps
 * for the length of the thread. A connection that broke in there may hinder every later transaction of the thread, and nothing we can
 * call takes it away; the end of the thread does. So it ends after whatever may have left one behind, and after a while in any case.
 */
public final class OwnThread {
    private static final System.Logger LOG = System.getLogger("dev.postevent.threads");
    /** For what users' code leaves behind without a word. */
    private static final long LIFE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private static final ThreadLocal<@Nullable OwnThread> CURRENT = new ThreadLocal<>();

    private final long born = System.nanoTime();
    private @Nullable String spent;

    private OwnThread() {}

    /** Runs what a thread of ours runs. */
    static void run(Runnable work) {
        CURRENT.set(new OwnThread());
        try {
            work.run();
        } catch (SpentException e) {
            // its pool has made another by now
            LOG.log(Level.DEBUG, "a thread is replaced: {0}", e.getMessage());
        } finally {
            CURRENT.remove();
        }
    }

    /** The calling thread takes no task after this one, if it is ours; {@code why} is for the log. */
    public static void retire(String why) {
        OwnThread own = CURRENT.get();
        if (own != null && own.spent == null) {
            own.spent = why;
        }
    }

    /** True if the calling thread is ours and was retired: what is left to do is for another one. */
    public static boolean isSpent() {
        OwnThread own = CURRENT.get();
        return own != null && own.spent != null;
    }

    /** For who cannot be replaced. */
    static void goOn() {
        OwnThread own = CURRENT.get();
        if (own != null) {
            own.spent = null;
        }
    }

    /** After a task of a pool: ends the calling thread, by an exception that only the pool sees, if it was retired or is old. */
    static void endIfSpent() {
        OwnThread own = CURRENT.get();
        if (own == null) {
            return;
        }
        String why = own.spent;
        if (why != null || System.nanoTime() - own.born > LIFE_NANOS) {
            throw new SpentException(why == null ? "its time is over" : why);
        }
    }

    /** Ends a pool's thread; the pool makes another. */
    private static final class SpentException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        SpentException(String why) {
            super(why, null, false, false);
        }
    }
}
