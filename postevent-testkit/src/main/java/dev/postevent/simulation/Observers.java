package dev.postevent.simulation;

import dev.postevent.internal.processor.SubscriptionSpec;
import dev.postevent.spi.LogEntry;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What the users' observers do, good and bad. */
final class Observers {
    private final World world;
    private final long salt;
    private final Map<Long, Integer> calls = new HashMap<>();
    private final Map<Long, Integer> counted = new HashMap<>();
    private final Set<Long> swallowed = new HashSet<>();
    /** What each call was told last. */
    private final Map<Long, Boolean> last = new HashMap<>();
    /** When its try began, and the most time that can count of all that failed. */
    private final Map<Long, Long> began = new HashMap<>();

    private final Map<Long, Long> countsMost = new HashMap<>();
    private boolean healed;

    private enum Conduct {
        GOOD,
        FAILS_ONCE_OR_TWICE,
        FAILS_ALWAYS,
        THROWS_AN_ERROR,
        MARKS_FOR_ROLLBACK,
        ROLLS_BACK,
        KILLS_ITS_NODE,
        HAS_A_DEADLOCK,
        SWALLOWS,
        SWALLOWS_ONCE,
        IS_SLOW
    }

    Observers(World world) {
        this.world = world;
        this.salt = world.random.nextLong();
    }

    /** Of the events there were nothing is known any more. */
    void clear() {
        calls.clear();
        counted.clear();
        swallowed.clear();
        last.clear();
        began.clear();
        countsMost.clear();
    }

    /** The causes are gone. */
    void heal() {
        healed = true;
    }

    private Conduct conduct(int subscription, long position) {
        if (healed || !world.scenario.has(Fault.OBSERVERS)) {
            return Conduct.GOOD;
        }
        long hash = (salt ^ (position * 31 + subscription)) * 0x9E3779B97F4A7C15L;
        int luck = (int) Long.remainderUnsigned(hash >>> 20, 100);
        if (luck < 2) {
            return Conduct.FAILS_ALWAYS;
        } else if (luck < 7) {
            return Conduct.FAILS_ONCE_OR_TWICE;
        } else if (luck < 9) {
            return Conduct.THROWS_AN_ERROR;
        } else if (luck < 11) {
            return Conduct.MARKS_FOR_ROLLBACK;
        } else if (luck < 12) {
            return Conduct.ROLLS_BACK;
        } else if (luck < 13) {
            return world.cluster.blocks(subscription) ? Conduct.GOOD : Conduct.KILLS_ITS_NODE;
        } else if (luck < 15) {
            return Conduct.HAS_A_DEADLOCK;
        }
        if (luck < 16) {
            return Conduct.SWALLOWS;
        } else if (luck < 18) {
            return Conduct.SWALLOWS_ONCE;
        }
        return luck < 20 ? Conduct.IS_SLOW : Conduct.GOOD;
    }

    /** An attempt that failed is written down. */
    void counts(int subscription, long position) {
        counted.merge(key(subscription, position), 1, Integer::sum);
    }

    /** What is written down as the cause of a failed attempt: of an aborted transaction only who aborted one may be accused. */
    void blamed(int subscription, long position, int attempts, String cause) {
        counts(subscription, position);
        long key = key(subscription, position);
        long took = world.now() - began.getOrDefault(key, world.now());
        countsMost.merge(key, took + Cluster.waitMost(attempts) * World.MILLIS, Long::sum);
        if (cause.contains("transaction is aborted") && !swallowed.contains(key(subscription, position))) {
            throw world.broken("I9: subscription " + subscription + ", position " + position
                    + " is held for what another one of its transaction did: " + cause);
        }
    }

    private static long key(int subscription, long position) {
        return position * 1_000_000 + subscription;
    }

    void tries(int subscription, long position, long queued) {
        began.put(key(subscription, position), world.now());
        countsMost.merge(key(subscription, position), queued, Long::sum);
    }

    /** After an attempt that counts: it is parked if that was told to be the last, and only then. */
    void judged(int subscription, long position, boolean parked) {
        UserCode user = world.user;
        if (user != null && (user.takesLists(subscription) || (parked && user.parksNow(subscription, position)))) {
            return; // nobody is told with a list, and who parks it himself needs not be told
        }
        if (!world.mayHaveTwoOwners() && last.getOrDefault(key(subscription, position), false) != parked) {
            throw world.broken("I9: subscription " + subscription + ", position " + position + ": "
                    + (parked ? "parked, and was not told" : "was told") + " that it was the last attempt");
        }
    }

    SubscriptionSpec.Handler handler(Process process, int subscription) {
        return new SubscriptionSpec.Handler() {
            @Override
            public boolean wants(LogEntry event) {
                return world.checker.isWanted(subscription, event);
            }

            @Override
            public void handle(LogEntry event, int attempt, boolean again, boolean last) throws Exception {
                Observers.this.handle(process, subscription, event, attempt, again, last);
            }

            @Override
            public boolean takesLists() {
                return world.user != null && world.user.takesLists(subscription);
            }

            @Override
            public void handleAll(List<LogEntry> events) throws Exception {
                Observers.this.handleAll(process, subscription, events);
            }
        };
    }

    private void handle(Process process, int subscription, LogEntry event, int attempt, boolean again, boolean toldLast)
            throws Exception {
        int call = calls.merge(key(subscription, event.position()), 1, Integer::sum);
        checkTold(subscription, event.position(), call, attempt, again);
        checkLast(subscription, event.position(), attempt, toldLast);
        Transaction transaction = calledIn(process, subscription, event);
        UserCode user = world.user;
        if (user != null) {
            user.handle(world, process, subscription, event, attempt, again, toldLast);
        }
        conductItself(process, subscription, event, call, transaction);
    }

    /** Of a user that takes lists. */
    private void handleAll(Process process, int subscription, List<LogEntry> events) throws Exception {
        UserCode user = world.user;
        if (user == null) {
            throw world.broken("an observer was called with a list, and takes none");
        }
        List<Integer> callsOfEach = new ArrayList<>();
        List<Transaction> transactions = new ArrayList<>();
        for (LogEntry event : events) {
            callsOfEach.add(calls.merge(key(subscription, event.position()), 1, Integer::sum));
            transactions.add(calledIn(process, subscription, event));
        }
        user.handleAll(world, process, subscription, events);
        for (int i = 0; i < events.size(); i++) {
            conductItself(process, subscription, events.get(i), callsOfEach.get(i), transactions.get(i));
        }
    }

    /** The transaction an observer is called in, as it should be. */
    private Transaction calledIn(Process process, int subscription, LogEntry event) throws SQLException {
        world.turn(process, "handle");
        world.note("handles", subscription, event.position());
        Transaction transaction = process.transaction();
        if (transaction == null) {
            throw world.broken("an observer was called without a transaction");
        }
        if (transaction.isBroken()) {
            throw new Broken("this connection has been closed", "08003");
        }
        if (!world.source.isVisible(event.position())) {
            throw world.broken("G13: an observer is called with position " + event.position()
                    + ", which no query of the source shows yet");
        }
        world.inbox.checkUp();
        if (transaction.isAborted()) {
            throw new Broken("current transaction is aborted", "25P02");
        }
        if (world.scenario.has(Fault.REPEATABLE_READ)) {
            transaction.seesThrough(world.inbox.lanes.changes());
        }
        transaction.change(() -> world.checker.effect(subscription, event));
        return transaction;
    }

    private void conductItself(Process process, int subscription, LogEntry event, int call, Transaction transaction)
            throws SQLException {
        switch (conduct(subscription, event.position())) {
            case FAILS_ALWAYS -> throw new Refused();
            case FAILS_ONCE_OR_TWICE -> {
                if (call <= 1 + event.position() % 2) {
                    throw new Refused();
                }
            }
            case THROWS_AN_ERROR -> {
                if (call <= 1) {
                    throw new StackOverflowError();
                }
            }
            case MARKS_FOR_ROLLBACK -> {
                if (call <= 2) {
                    process.jta.setRollbackOnly();
                }
            }
            case ROLLS_BACK -> {
                if (call <= 1) {
                    process.jta.rollback();
                }
            }
            case KILLS_ITS_NODE -> {
                process.die();
                process.checkAlive();
            }
            case HAS_A_DEADLOCK -> {
                if (call <= 3) {
                    throw new Broken("deadlock detected", "40P01");
                }
            }
            case SWALLOWS -> swallows(subscription, event.position(), transaction);
            case SWALLOWS_ONCE -> {
                if (call <= 1) {
                    swallows(subscription, event.position(), transaction);
                }
            }
            case IS_SLOW -> world.sleep(process, world.random.nextLong(1_500 * World.MILLIS));
            case GOOD -> {
                // that is all
            }
        }
    }

    /** A duplicate key, for one, which it expects and goes on from. */
    private void swallows(int subscription, long position, Transaction transaction) {
        swallowed.add(key(subscription, position));
        transaction.abort();
    }

    /** {@code Delivery.redelivered()}: always where it was called before, and only there unless nobody can know. */
    private void checkTold(int subscription, long position, int call, int attempt, boolean again) {
        boolean before = call > 1;
        String what =
                "subscription " + subscription + ", position " + position + ", call " + call + ", attempt " + attempt;
        if (attempt > 1 + counted.getOrDefault(key(subscription, position), 0)) {
            throw world.broken("I3: " + what + ": more than have failed");
        }
        if (attempt > 1 && !again) {
            throw world.broken("I3: " + what + ": a further attempt, and not again");
        }
        if (before && !again && !world.mayHaveTwoOwners()) {
            throw world.broken("I3: " + what + ": was called before, and not told");
        }
        if (!before && again && !world.hasLostOwners()) {
            throw world.broken("I3: " + what + ": was never called before, and told that it was");
        }
    }

    /**
     * {@code Delivery.lastAttempt()}. The time that counts is at most that of tries that failed and of waits between them: nobody is
     * given up for time in which his node, or the database, was away.
     */
    private void checkLast(int subscription, long position, int attempt, boolean toldLast) {
        long key = key(subscription, position);
        last.put(key, toldLast);
        boolean allowed = !world.cluster.blocks(subscription)
                && (attempt >= world.cluster.giveUp().attemptsMax()
                        || (world.cluster.giveUp().after() != null
                                && attempt > 1
                                && (world.mayHaveTwoOwners()
                                        || countsMost.getOrDefault(key, 0L)
                                                >= (World.GIVE_UP_AFTER_MILLIS - 1) * World.MILLIS)));
        if (toldLast && !allowed) {
            throw world.broken("I9: subscription " + subscription + ", position " + position + ", attempt " + attempt
                    + ": told to be the last, after at most " + countsMost.getOrDefault(key, 0L) / World.MILLIS
                    + " ms that count");
        }
    }

    /** An observer's own failure. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused() {
            super("refused", null, false, false);
        }
    }
}
