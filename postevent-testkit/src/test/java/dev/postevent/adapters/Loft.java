package dev.postevent.adapters;

import dev.postevent.spi.LogEntry;
import dev.postevent.testing.InMemoryEventLog;
import dev.postevent.testkit.contract.Publishers;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A source in memory, and what pigeons that are broken may find there. */
final class Loft extends InMemoryEventLog implements Publishers {
    private final AtomicInteger flight = new AtomicInteger();
    private final List<LogEntry> unseen = new CopyOnWriteArrayList<>();
    private final List<Consumer<LogEntry>> early = new CopyOnWriteArrayList<>();

    /** Which connections there are: another number, and none of before is left. */
    int flight() {
        return flight.get();
    }

    /** Ends all connections. */
    void scareAllBirds() {
        flight.incrementAndGet();
    }

    /** What was rolled back, or is not committed yet, at its position. */
    List<LogEntry> unseen() {
        return unseen;
    }

    /** Is told of each entry right before it is committed. */
    void early(Consumer<LogEntry> told) {
        early.add(told);
    }

    @Override
    public void publish(List<LogEntry> entries) {
        long next = head(null) + 1;
        for (LogEntry entry : entries) {
            LogEntry placed = Copies.at(next++, entry);
            early.forEach(told -> told.accept(placed));
        }
        super.publish(entries);
    }

    @Override
    public void rollBack(LogEntry entry) {
        unseen.add(Copies.at(head(null) + 1, entry));
        super.rollBack(entry);
    }

    @Override
    public AutoCloseable holdOpen(LogEntry entry, String holder) {
        unseen.add(Copies.at(head(null) + 1, entry));
        return super.holdOpen(entry, holder);
    }
}
