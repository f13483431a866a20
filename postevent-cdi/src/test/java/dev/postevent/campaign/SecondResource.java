package dev.postevent.campaign;

import com.arjuna.ats.jta.TransactionManager;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

/** Makes an observer's transaction one of two phases, by taking part in it. */
final class SecondResource implements XAResource {
    private static final AtomicBoolean TAKEN = new AtomicBoolean();

    private SecondResource() {}

    /** Joins the transaction of the calling thread, if a {@link HaltPoint} of it is armed. */
    static void join(TransactionSynchronizationRegistry registry) throws Exception {
        // one of the transactions under way, so that what is left prepared is this one
        if ((HaltPoint.DECIDED.isArmed() || HaltPoint.PREPARED.isArmed()) && TAKEN.compareAndSet(false, true)) {
            TransactionManager.transactionManager().getTransaction().enlistResource(new SecondResource());
        }
        if (HaltPoint.BEFORE_EFFECT_COMMIT.isArmed() || HaltPoint.AFTER_EFFECT_COMMIT.isArmed()) {
            registry.registerInterposedSynchronization(new Synchronization() {
                @Override
                public void beforeCompletion() {
                    HaltPoint.BEFORE_EFFECT_COMMIT.pass();
                }

                @Override
                public void afterCompletion(int status) {
                    HaltPoint.AFTER_EFFECT_COMMIT.pass();
                }
            });
        }
    }

    @Override
    public int prepare(Xid xid) {
        return XA_OK;
    }

    @Override
    public void commit(Xid xid, boolean onePhase) {
        // nothing of its own
    }

    @Override
    public void rollback(Xid xid) {
        // nothing of its own
    }

    @Override
    public void start(Xid xid, int flags) {
        // nothing of its own
    }

    @Override
    public void end(Xid xid, int flags) {
        // nothing of its own
    }

    @Override
    public void forget(Xid xid) {
        // nothing of its own
    }

    @Override
    public Xid[] recover(int flag) {
        return new Xid[0];
    }

    @Override
    public boolean isSameRM(XAResource other) {
        return other == this;
    }

    @Override
    public int getTransactionTimeout() {
        return 0;
    }

    @Override
    public boolean setTransactionTimeout(int seconds) {
        return false;
    }
}
