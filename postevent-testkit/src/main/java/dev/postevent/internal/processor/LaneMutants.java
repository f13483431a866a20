package dev.postevent.internal.processor;

import dev.postevent.internal.processor.LaneTables.HeldRow;
import dev.postevent.internal.processor.LaneTables.LaneRow;
import dev.postevent.internal.processor.LaneTables.Subscription;
import dev.postevent.simulation.Broken;
import dev.postevent.simulation.Mutant;
import dev.postevent.simulation.Process;
import dev.postevent.simulation.Transaction;
import dev.postevent.simulation.World;
import dev.postevent.spi.LogEntry;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The lane store, or one that is wrong in one point. */
final class LaneMutants {
    private LaneMutants() {}

    static SimulatedLaneStore of(
            Mutant mutant, World world, LaneTables tables, Process process, Lease lease, String subscription) {
        return switch (mutant) {
            case SKIP_FENCE,
                    AS_IT_WAS,
                    FENCE_FROM_BELOW,
                    FENCE_BY_THE_CURSOR,
                    CURSOR_BEFORE_EFFECT,
                    DROP_HOLD,
                    ABORTED_IS_NO_OUTCOME,
                    HELD_STAYS -> new WrongEffect(mutant, world, tables, process, lease, subscription);
            case HOLD_COLLIDES,
                    DROP_FAILED,
                    TRIES_IN_MEMORY,
                    COUNTED_BEFORE_THE_CALL,
                    CALLS_FORGOTTEN,
                    TIME_AWAY_COUNTS,
                    PARKED_UNSEEN -> new WrongHold(mutant, world, tables, process, lease, subscription);
            case IDLE_OVER_WHAT_CAME -> new IdleOverWhatCame(world, tables, process, lease, subscription);
            case DOUBLE_OWNER -> new DoubleOwner(world, tables, process, lease, subscription);
            case RENEWED_BESIDE_THE_CURSOR -> new RenewedBesideTheCursor(world, tables, process, lease, subscription);
            default -> new SimulatedLaneStore(world, tables, process, lease, subscription);
        };
    }

    /** Wrong within the transaction of the effect. */
    private static final class WrongEffect extends SimulatedLaneStore {
        private final Mutant mutant;

        WrongEffect(Mutant mutant, World world, LaneTables tables, Process process, Lease lease, String subscription) {
            super(world, tables, process, lease, subscription);
            this.mutant = mutant;
        }

        @Override
        boolean isNew(Subscription of, long position, @Nullable Transaction ours) throws SQLException {
            boolean fresh = super.isNew(of, position, ours);
            if (!fresh && mutant == Mutant.AS_IT_WAS) {
                throw new Broken("duplicate key value violates unique constraint held_event_pkey", "23505");
            }
            return fresh;
        }

        @Override
        boolean holds(LaneRow row, Claim claim, long cursor) {
            return switch (mutant) {
                case SKIP_FENCE -> true;
                case AS_IT_WAS -> isOurs(row, claim.epoch()) && (row.cursor < cursor || claim.cursor() == cursor);
                case FENCE_FROM_BELOW -> isOurs(row, claim.epoch()) && row.cursor <= claim.cursor();
                case FENCE_BY_THE_CURSOR -> isOurs(row, claim.epoch()) && row.cursor == claim.cursor();
                default -> super.holds(row, claim, cursor);
            };
        }

        @Override
        InTransaction in(Transaction transaction) {
            return new InTransaction(transaction) {
                @Override
                void set(LaneRow row, long cursor) {
                    if (mutant == Mutant.CURSOR_BEFORE_EFFECT) {
                        row.cursor = cursor;
                    } else {
                        super.set(row, cursor);
                    }
                }

                @Override
                public void holdBehind(int lane, List<LogEntry> entries, Set<Long> called) throws SQLException {
                    if (mutant != Mutant.DROP_HOLD) {
                        super.holdBehind(lane, entries, called);
                    }
                }

                @Override
                SQLException aborted() {
                    if (mutant == Mutant.ABORTED_IS_NO_OUTCOME) {
                        throw new LaneLostException();
                    }
                    return super.aborted();
                }

                @Override
                void delete(Subscription of, HeldRow row, @Nullable HeldRow next) {
                    if (mutant != Mutant.HELD_STAYS) {
                        super.delete(of, row, next);
                    }
                }
            };
        }
    }

    /** Wrong in what is written down about failures. */
    private static final class WrongHold extends SimulatedLaneStore {
        private final Mutant mutant;

        WrongHold(Mutant mutant, World world, LaneTables tables, Process process, Lease lease, String subscription) {
            super(world, tables, process, lease, subscription);
            this.mutant = mutant;
        }

        @Override
        boolean isNew(Subscription of, long position, @Nullable Transaction ours) throws SQLException {
            boolean fresh = super.isNew(of, position, ours);
            if (!fresh && mutant == Mutant.HOLD_COLLIDES) {
                throw new Broken("duplicate key value violates unique constraint held_event_pkey", "23505");
            }
            return fresh;
        }

        @Override
        void writeHeld(Subscription of, HeldRow row) {
            if (mutant != Mutant.DROP_FAILED || row.state.equals("behind")) {
                super.writeHeld(of, row);
            }
        }

        @Override
        boolean isLost(long triedEpoch, long triedLife, long epoch) {
            return mutant != Mutant.TRIES_IN_MEMORY && super.isLost(triedEpoch, triedLife, epoch);
        }

        @Override
        int countedBefore() {
            return mutant == Mutant.COUNTED_BEFORE_THE_CALL ? 1 : 0;
        }

        @Override
        long late(HeldRow row, long now) {
            return mutant == Mutant.TIME_AWAY_COUNTS ? 0 : super.late(row, now);
        }

        @Override
        Held trying(HeldRow row, Duration failing) {
            boolean over = mutant == Mutant.PARKED_UNSEEN && failing.toMillis() >= World.GIVE_UP_AFTER_MILLIS;
            return over ? new Held(row.attempts, Integer.MAX_VALUE, row.called, failing) : super.trying(row, failing);
        }

        @Override
        Calls calls(LaneRow row) {
            return mutant == Mutant.CALLS_FORGOTTEN ? Calls.NONE : super.calls(row);
        }
    }

    /** Moves idle cursors further than they were asked to. */
    private static final class IdleOverWhatCame extends SimulatedLaneStore {
        IdleOverWhatCame(World world, LaneTables tables, Process process, Lease lease, String subscription) {
            super(world, tables, process, lease, subscription);
        }

        @Override
        long target(long cursor) {
            return Math.max(cursor, world.mark());
        }
    }

    /** Between the first statement of an observer's transaction and the last one, too, unless the row is locked. */
    private static final class RenewedBesideTheCursor extends SimulatedLaneStore {
        RenewedBesideTheCursor(World world, LaneTables tables, Process process, Lease lease, String subscription) {
            super(world, tables, process, lease, subscription);
        }

        @Override
        void renewed(LaneRow row) {
            if (row.locked == null) {
                row.changed = tables.change();
            }
        }
    }

    /** Hands out what is taken. */
    private static final class DoubleOwner extends SimulatedLaneStore {
        DoubleOwner(World world, LaneTables tables, Process process, Lease lease, String subscription) {
            super(world, tables, process, lease, subscription);
        }

        @Override
        boolean isOurs(LaneRow row, long epoch) {
            return row.epoch == epoch;
        }

        @Override
        boolean isFree(LaneRow row, boolean leftovers) {
            return true;
        }

        @Override
        long nextEpoch(LaneRow row) {
            return row.epoch;
        }
    }
}
