package dev.postevent.simulation;

import jakarta.transaction.RollbackException;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.SystemException;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The transaction manager of one process. A task stands for a thread. */
final class Jta implements UserTransaction, TransactionSynchronizationRegistry {
    private final World world;
    private final Process process;
    private long timeoutNanos = Long.MAX_VALUE;

    Jta(World world, Process process) {
        this.world = world;
        this.process = process;
    }

    @Nullable
    Transaction current() {
        Transaction transaction = world.frame().transaction;
        return transaction != null
                        && transaction.process() == process
                        && (transaction.isOpen() || transaction.isBroken())
                ? transaction
                : null;
    }

    @Override
    public void begin() {
        process.checkAlive();
        if (current() != null) {
            throw world.broken("a transaction was begun within another one");
        }
        Transaction begun = new Transaction(process, world.now() + timeoutNanos);
        world.frame().transaction = begun;
        world.inbox.opened(begun);
    }

    @Override
    public void commit() throws RollbackException, SystemException {
        Transaction transaction = existing();
        world.turn(process, "commit");
        boolean refused = transaction.isRollbackOnly()
                || transaction.isBroken()
                || transaction.isAborted()
                // the reaper of a node that stood still may come too late
                || (transaction.isLate(world.now()) && world.random.nextBoolean());
        if (refused || !world.inbox.isUp() || world.strikes(Fault.STATEMENT, 60)) {
            rollbackNow(transaction);
            RollbackException rolledBack = new RollbackException("rolled back at the commit");
            if (!transaction.isRollbackOnly()) {
                rolledBack.initCause(new Broken("rolled back", "08006"));
            }
            throw rolledBack;
        }
        transaction.commit();
        world.frame().transaction = null;
        world.note("committed", process.number(), 0);
        try {
            world.committed(process, "an effect");
        } catch (SQLException e) {
            SystemException unknown = new SystemException("nobody knows");
            if (world.random.nextInt(4) > 0) {
                unknown.initCause(e);
            }
            throw unknown;
        }
    }

    private Transaction existing() {
        process.checkAlive();
        Transaction transaction = current();
        if (transaction == null) {
            throw new IllegalStateException("no transaction");
        }
        return transaction;
    }

    private void rollbackNow(Transaction transaction) {
        transaction.end();
        world.frame().transaction = null;
    }

    @Override
    public void rollback() {
        rollbackNow(existing());
    }

    @Override
    public void setRollbackOnly() {
        existing().setRollbackOnly();
    }

    @Override
    public int getStatus() {
        process.checkAlive();
        Transaction transaction = current();
        if (transaction == null) {
            return Status.STATUS_NO_TRANSACTION;
        }
        return transaction.isRollbackOnly() ? Status.STATUS_MARKED_ROLLBACK : Status.STATUS_ACTIVE;
    }

    @Override
    public void setTransactionTimeout(int seconds) {
        timeoutNanos = seconds * 1_000L * World.MILLIS;
    }

    @Override
    public Object getTransactionKey() {
        return existing();
    }

    @Override
    public void putResource(Object key, Object value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Object getResource(Object key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void registerInterposedSynchronization(Synchronization synchronization) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int getTransactionStatus() {
        return getStatus();
    }

    @Override
    public boolean getRollbackOnly() {
        return existing().isRollbackOnly();
    }
}
