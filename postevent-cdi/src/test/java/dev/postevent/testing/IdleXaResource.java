package dev.postevent.testing;

import javax.transaction.xa.XAException;
import javax.transaction.xa.XAResource;
import javax.transaction.xa.Xid;

/** Takes part in a transaction, which makes it one of two phases, and has nothing to do in it. */
public class IdleXaResource implements XAResource {

    @Override
    public int prepare(Xid xid) throws XAException {
        return XA_OK;
    }

    @Override
    public void commit(Xid xid, boolean onePhase) {
        // nothing to do
    }

    @Override
    public void rollback(Xid xid) throws XAException {
        // nothing to do
    }

    @Override
    public void start(Xid xid, int flags) {
        // nothing to do
    }

    @Override
    public void end(Xid xid, int flags) {
        // nothing to do
    }

    @Override
    public void forget(Xid xid) {
        // nothing to do
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
