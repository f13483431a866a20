package dev.postevent.internal.processor;

import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.internal.threads.OwnThread;
import jakarta.transaction.NotSupportedException;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** Begins and ends the JTA transactions in which observers of one subscription are called, whatever these do with them. */
final class HandlerTransactions {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");

    private final SubscriptionSpec spec;
    private final Transactions server;
    private final CallsUnderWay calls;

    HandlerTransactions(SubscriptionSpec spec, Transactions server, CallsUnderWay calls) {
        this.spec = spec;
        this.server = server;
        this.calls = calls;
    }

    /** A call of the handler. */
    interface Call {
        void make() throws Exception;
    }

    /** Begins one on the calling thread. A thread that cannot is replaced. */
    Open begin() throws SystemException {
        try {
            return new Open(begun());
        } catch (SystemException | RuntimeException | Error e) {
            OwnThread.retire("it cannot begin a transaction: " + e);
            rollback(null);
            throw e;
        }
    }

    /** Returns what tells this transaction from another. */
    private Object begun() throws SystemException {
        int status = server.user().getStatus();
        if (status != Status.STATUS_NO_TRANSACTION) {
            // left over by a handler that ended its transaction and began another
            LOG.log(
                    Level.WARNING,
                    "subscription " + spec.name() + ": the thread had a transaction in status " + status
                            + ", which is rolled back");
            rollback(null);
        }
        server.user().setTransactionTimeout((int) timeoutSeconds());
        try {
            server.user().begin();
        } catch (NotSupportedException e) {
            throw new IllegalStateException(
                    "the server begins no transaction on this thread, which is replaced: " + e.getMessage(), e);
        }
        return server.registry().getTransactionKey();
    }

    private long timeoutSeconds() {
        return spec.limits().transactionTimeout().toSeconds();
    }

    /** A transaction of the calling thread; closing it rolls back what was not committed. */
    final class Open implements AutoCloseable {
        private final Object key;
        /** Of the calling thread: nobody tried to commit it yet. */
        private boolean open = true;

        private Open(Object key) {
            this.key = key;
        }

        /**
         * Calls the handler; returns what it threw or did to the transaction, null if all is well.
         *
         * @param position of the event, of several the first
         */
        @Nullable
        Throwable call(long position, Call handler) throws SystemException {
            calls.begin(position);
            try {
                handler.make();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return e;
            } catch (Exception | Error e) {
                LostConnection.retireThread(e);
                return e;
            } finally {
                calls.end();
            }
            int status = server.user().getStatus();
            return switch (status) {
                case Status.STATUS_ACTIVE ->
                    key.equals(server.registry().getTransactionKey())
                            ? null
                            : new IllegalStateException(
                                    "the observer ended the transaction it was called in and began another");
                case Status.STATUS_MARKED_ROLLBACK ->
                    new IllegalStateException(
                            "the transaction was marked for rollback, by the observer or by its timeout of "
                                    + timeoutSeconds() + " s");
                case Status.STATUS_ROLLEDBACK, Status.STATUS_ROLLING_BACK ->
                    new IllegalStateException(
                            "the transaction was rolled back under the observer, most often by its timeout of "
                                    + timeoutSeconds() + " s");
                case Status.STATUS_NO_TRANSACTION ->
                    new IllegalStateException("the observer ended the transaction it was called in");
                default -> new IllegalStateException("after the observer the transaction has the status " + status);
            };
        }

        /** Returns what failed, null if nothing did; {@code inDoubt} is run before anything else is done about that. */
        @Nullable
        Throwable commit(Runnable inDoubt) {
            open = false;
            try {
                server.user().commit();
                return null;
            } catch (Exception | Error e) {
                inDoubt.run();
                rollback(null);
                return e;
            }
        }

        @Override
        public void close() {
            if (open) {
                rollback(key);
            }
        }
    }

    /**
     * Rolls back. A transaction that is not the active one of before any more may have ended under the observer, with connections that
     * the server keeps for the thread: then the thread is replaced.
     *
     * @param key what tells the transaction from another; null: that is over
     */
    private void rollback(@Nullable Object key) {
        boolean clean = false;
        try {
            int status = server.user().getStatus();
            boolean still = status == Status.STATUS_ACTIVE
                    && key != null
                    && key.equals(server.registry().getTransactionKey());
            if (status != Status.STATUS_NO_TRANSACTION) {
                server.user().rollback();
            }
            clean = still && server.user().getStatus() == Status.STATUS_NO_TRANSACTION;
        } catch (SystemException | RuntimeException e) {
            // nothing was committed, which is what counts
            LOG.log(Level.WARNING, "subscription " + spec.name() + ": rollback failed: " + e, e);
        } finally {
            if (!clean) {
                OwnThread.retire("a transaction of subscription " + spec.name() + " did not end as it should");
            }
        }
    }
}
