package dev.postevent.internal.cdi;

import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.internal.threads.OwnThread;
import dev.postevent.spi.LogEntry;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger.Level;
import java.util.function.Consumer;

/** Calls a live observer, and leaves nothing of it on the thread. */
final class LiveCall implements Consumer<LogEntry> {
    private static final System.Logger LOG = System.getLogger("dev.postevent.live");

    private final String name;
    private final ObserverCall call;
    private final UserTransaction transaction;

    LiveCall(String name, ObserverCall call, UserTransaction transaction) {
        this.name = name;
        this.call = call;
        this.transaction = transaction;
    }

    @Override
    public void accept(LogEntry event) {
        if (!call.wants(event)) {
            return;
        }
        try {
            call.handle(event, 1, false, true);
        } catch (RuntimeException | Error e) {
            LostConnection.retireThread(e);
            throw e;
        } finally {
            endTransaction();
        }
    }

    private void endTransaction() {
        try {
            int status = transaction.getStatus();
            if (status == Status.STATUS_NO_TRANSACTION) {
                return;
            }
            LOG.log(
                    Level.WARNING,
                    "live observer " + name + " left a transaction in status " + status + ", which is rolled back");
            transaction.rollback();
        } catch (SystemException | RuntimeException e) {
            LOG.log(Level.WARNING, "live observer " + name + ": rollback failed: " + e, e);
        }
        OwnThread.retire("live observer " + name + " left a transaction");
    }
}
