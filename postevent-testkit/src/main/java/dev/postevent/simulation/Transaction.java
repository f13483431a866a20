package dev.postevent.simulation;

import java.util.ArrayList;
import java.util.List;

/** A transaction of the inbox database: changes that nobody else sees before the commit, and row locks until the end. */
public final class Transaction {
    private final Process process;
    private final long until;
    private final List<Runnable> changes = new ArrayList<>();
    private final List<Runnable> unlocks = new ArrayList<>();
    private boolean open = true;
    private boolean rollbackOnly;
    private boolean broken;
    private boolean aborted;
    private long snapshot = Long.MAX_VALUE;

    Transaction(Process process, long until) {
        this.process = process;
        this.until = until;
    }

    public Process process() {
        return process;
    }

    boolean isOpen() {
        return open;
    }

    boolean isRollbackOnly() {
        return rollbackOnly;
    }

    void setRollbackOnly() {
        rollbackOnly = true;
    }

    /** A statement failed: the database refuses every other one, and the transaction manager does not know. */
    public boolean isAborted() {
        return aborted;
    }

    void abort() {
        aborted = true;
    }

    /** Under REPEATABLE READ the first statement takes the snapshot of all. */
    void seesThrough(long change) {
        snapshot = Math.min(snapshot, change);
    }

    /** True if it may not change what was changed then. */
    public boolean isBehind(long change) {
        return change > snapshot;
    }

    /** Its connection is gone. */
    public boolean isBroken() {
        return broken;
    }

    void breakOff() {
        broken = true;
        end();
    }

    boolean isLate(long now) {
        return now > until;
    }

    /** Happens at the commit, if there is one. */
    public void change(Runnable change) {
        changes.add(change);
    }

    /** Happens at the end, whatever it is. */
    public void unlock(Runnable unlock) {
        unlocks.add(unlock);
    }

    void commit() {
        changes.forEach(Runnable::run);
        end();
    }

    void end() {
        open = false;
        changes.clear();
        unlocks.forEach(Runnable::run);
        unlocks.clear();
    }
}
