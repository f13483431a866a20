package dev.postevent.internal.cdi;

import dev.postevent.internal.threads.OwnThread;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger.Level;

/** Ends what an observer that is called without a transaction has begun and not ended. */
record LeftTransaction(UserTransaction transaction) {
    private static final System.Logger LOG = System.getLogger("dev.postevent");

    /** Rolls back what the calling thread has, if it has one; {@code observer}: what was called, for the log. */
    void end(String observer) {
        try {
            int status = transaction.getStatus();
            if (status == Status.STATUS_NO_TRANSACTION) {
                return;
            }
            LOG.log(Level.WARNING, observer + " left a transaction in status " + status + ", which is rolled back");
            transaction.rollback();
        } catch (SystemException | RuntimeException e) {
            LOG.log(Level.WARNING, observer + ": rollback failed: " + e, e);
        }
        OwnThread.retire(observer + " left a transaction");
    }
}
