package dev.postevent.simulation;

import dev.postevent.spi.LogEntry;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Knows what was committed, and holds every effect against it as it is committed. */
final class Checker {
    private final World world;
    private final Map<String, List<Long>> bySubject = new HashMap<>();
    private final List<LogEntry> events = new ArrayList<>();
    private final List<Progress> progress = new ArrayList<>();

    /** What one subscription has done. */
    private static final class Progress {
        final int subscription;
        BitSet handled = new BitSet();
        BitSet skipped = new BitSet();
        final Map<String, Integer> next = new HashMap<>();
        /** It is given what is above. */
        long begins;

        private BitSet handledFlushed = new BitSet();
        private BitSet skippedFlushed = new BitSet();

        Progress(int subscription) {
            this.subscription = subscription;
        }

        void flush() {
            handledFlushed = (BitSet) handled.clone();
            skippedFlushed = (BitSet) skipped.clone();
        }

        void loseUnflushed() {
            handled = (BitSet) handledFlushed.clone();
            skipped = (BitSet) skippedFlushed.clone();
            next.clear();
        }
    }

    Checker(World world) {
        this.world = world;
        for (int i = 0; i < world.scenario.work().subscriptions(); i++) {
            progress.add(new Progress(i));
        }
    }

    /** What is committed from now on is above: else it would be passed over. */
    void begins(int subscription, long after) {
        progress.get(subscription).begins = after;
        progress.get(subscription).next.clear();
        world.note("begins", subscription, after);
    }

    /** There never was anything. */
    void clear() {
        bySubject.clear();
        events.clear();
        progress.replaceAll(before -> new Progress(before.subscription));
    }

    /** Effects that are committed by now survive a crash of the inbox database. */
    void flush() {
        progress.forEach(Progress::flush);
    }

    /** Effects that were committed after the flush are gone. */
    void loseUnflushed() {
        progress.forEach(Progress::loseUnflushed);
    }

    /** The source committed it. */
    void committed(LogEntry entry) {
        LogEntry passed = world.inbox.stored(entry.position());
        if (passed != null && !passed.sameIdentity(entry)) {
            throw world.broken("I1/I6: position " + entry.position() + " was passed as " + passed
                    + ", and then committed as " + entry);
        }
        for (int i = 0; i < progress.size(); i++) {
            if (entry.position() <= progress.get(i).begins) {
                throw world.broken("I1: position " + entry.position() + " was committed after subscription " + i
                        + " had begun, after position " + progress.get(i).begins);
            }
        }
        events.add(entry);
        String subject = entry.subject();
        if (subject != null) {
            List<Long> positions = bySubject.computeIfAbsent(subject, any -> new ArrayList<>());
            if (!positions.isEmpty() && positions.get(positions.size() - 1) > entry.position()) {
                throw world.broken("I4: position order of subject " + subject + " is not its commit order");
            }
            positions.add(entry.position());
        }
    }

    /** The inbox has it. */
    void stored(LogEntry entry) {
        LogEntry there = world.source.committedAt(entry.position());
        boolean judged = there == null && entry.isVoid() && world.judgedVoid.contains(entry.position());
        if (!judged && (there == null || !there.sameIdentity(entry))) {
            throw world.broken("I2: the inbox has " + entry + ", the source has " + there);
        }
    }

    boolean isWanted(int subscription, LogEntry entry) {
        UserCode user = world.user;
        return !entry.isVoid() && (user == null ? !entry.type().equals("ignored") : user.wants(subscription, entry));
    }

    /** An observer's effect was committed. */
    void effect(int subscription, LogEntry entry) {
        int position = (int) entry.position();
        Progress of = progress.get(subscription);
        LogEntry there = world.source.committedAt(position);
        String what = "subscription " + subscription + ", position " + position;
        world.note("effect", subscription, position);
        if (there == null || !there.sameIdentity(entry)) {
            throw world.broken("I2: " + what + ": an effect of " + entry + ", the source has " + there);
        }
        // a registration that was lost may have been followed by another one, which not all nodes know yet
        if (position <= of.begins && !world.scenario.has(Fault.INBOX_LOSES)) {
            throw world.broken("I2: " + what + ": it begins after position " + of.begins);
        }
        if (of.handled.get(position)) {
            throw world.broken("I3: " + what + ": a second effect");
        }
        if (of.skipped.get(position)) {
            throw world.broken("I3: " + what + ": an effect of what an operator skipped");
        }
        String subject = entry.subject();
        if (subject != null) {
            Long earlier = earliestLeft(of, subject);
            if (earlier == null || earlier != position) {
                throw world.broken(
                        "I4: " + what + ": handled before position " + earlier + " of its subject " + subject);
            }
        }
        of.handled.set(position);
    }

    void skipped(int subscription, long position) {
        Progress of = progress.get(subscription);
        if (of.handled.get((int) position)) {
            throw world.broken(
                    "subscription " + subscription + ", position " + position + ": skipped, but was handled");
        }
        of.skipped.set((int) position);
    }

    private @Nullable Long earliestLeft(Progress of, String subject) {
        List<Long> positions = bySubject.getOrDefault(subject, List.of());
        int next = of.next.getOrDefault(subject, 0);
        while (next < positions.size() && isDone(of, positions.get(next))) {
            next++;
        }
        of.next.put(subject, next);
        return next < positions.size() ? positions.get(next) : null;
    }

    private boolean isDone(Progress of, long position) {
        LogEntry entry = world.source.committedAt(position);
        return position <= of.begins
                || of.handled.get((int) position)
                || of.skipped.get((int) position)
                || (entry != null && !isWanted(of.subscription, entry));
    }

    /** The first event this subscription has not done, but for those that wait behind a parked one. */
    @Nullable
    LogEntry missing(int subscription, java.util.function.Predicate<LogEntry> excused) {
        Progress of = progress.get(subscription);
        for (LogEntry entry : events) {
            if (isWanted(subscription, entry) && !isDone(of, entry.position()) && !excused.test(entry)) {
                return entry;
            }
        }
        return null;
    }

    boolean isDone(int subscription, long position) {
        return isDone(progress.get(subscription), position);
    }

    /** What this subscription has handled, in position order. */
    List<LogEntry> handled(int subscription) {
        return progress.get(subscription).handled.stream()
                .mapToObj(world.source::committedAt)
                .toList();
    }

    /** How much of what is wanted is done, by all subscriptions together. */
    long done() {
        return progress.stream()
                .mapToLong(of -> of.handled.cardinality() + of.skipped.cardinality())
                .sum();
    }

    /** What an operator has skipped for this subscription, in position order. */
    List<LogEntry> skipped(int subscription) {
        return progress.get(subscription).skipped.stream()
                .mapToObj(world.source::committedAt)
                .toList();
    }

    List<LogEntry> events() {
        return events;
    }
}
