package dev.postevent.simulation;

import dev.postevent.internal.processor.SubscriptionSpec;
import dev.postevent.spi.LogEntry;
import java.util.HashMap;
import java.util.Map;

/** What the users' observers do, good and bad. */
final class Observers {
    private final World world;
    private final long salt;
    private final Map<Long, Integer> calls = new HashMap<>();
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
        IS_SLOW
    }

    Observers(World world) {
        this.world = world;
        this.salt = world.random.nextLong();
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
        return luck < 17 ? Conduct.IS_SLOW : Conduct.GOOD;
    }

    SubscriptionSpec.Handler handler(Process process, int subscription) {
        return new SubscriptionSpec.Handler() {
            @Override
            public boolean wants(LogEntry event) {
                return Checker.isWanted(event);
            }

            @Override
            public void handle(LogEntry event, int attempt, boolean again) throws Exception {
                Observers.this.handle(process, subscription, event, attempt, again);
            }
        };
    }

    private void handle(Process process, int subscription, LogEntry event, int attempt, boolean again)
            throws Exception {
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
        transaction.change(() -> world.checker.effect(subscription, event));
        UserCode user = world.user;
        if (user != null) {
            user.handle(world, process, subscription, event, attempt, again);
        }
        int call = calls.merge(event.position() * 2 + subscription, 1, Integer::sum);
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
            case IS_SLOW -> world.sleep(process, world.random.nextLong(1_500 * World.MILLIS));
            case GOOD -> {
                // that is all
            }
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
