package dev.postevent.campaign;

import com.arjuna.ats.jta.TransactionManager;
import dev.postevent.testing.IdleXaResource;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import java.util.concurrent.atomic.AtomicBoolean;

/** Makes an observer's transaction one of two phases, by taking part in it. */
final class SecondResource {
    private static final AtomicBoolean TAKEN = new AtomicBoolean();

    private SecondResource() {}

    /** Joins the transaction of the calling thread, if a {@link HaltPoint} of it is armed. */
    static void join(TransactionSynchronizationRegistry registry) throws Exception {
        // one of the transactions under way, so that what is left prepared is this one
        if ((HaltPoint.DECIDED.isArmed() || HaltPoint.PREPARED.isArmed()) && TAKEN.compareAndSet(false, true)) {
            TransactionManager.transactionManager().getTransaction().enlistResource(new IdleXaResource());
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
}
