package dev.postevent.internal.cdi;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.transaction.Transactional;
import jakarta.transaction.Transactional.TxType;

/**
 * Runs what must not be part of the caller's JTA transaction, which waits meanwhile. A bean, because what suspends a transaction has no
 * name that all servers know; their interceptor has.
 */
@ApplicationScoped
class OutsideTransaction {

    /** Runs it; where nothing intercepts this, within the transaction. */
    @Transactional(TxType.NOT_SUPPORTED)
    public void run(Runnable work) {
        work.run();
    }
}
