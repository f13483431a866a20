package dev.postevent.internal.processor;

import dev.postevent.internal.processor.LaneTables.HeldRow;
import dev.postevent.internal.processor.LaneTables.LaneRow;
import dev.postevent.internal.processor.LaneTables.Subscription;
import dev.postevent.simulation.Mutant;
import dev.postevent.simulation.Process;
import dev.postevent.simulation.World;
import dev.postevent.spi.LogEntry;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The lane store, or one that is wrong in one point. */
final class LaneMutants {
    private LaneMutants() {}

    static LaneStore of(Mutant mutant, World world, LaneTables tables, Process process) {
        return switch (mutant) {
            case SKIP_FENCE ->
                new SimulatedLaneStore(world, tables, process) {
                    @Override
                    boolean isOurs(LaneRow row, long epoch) {
                        return process.transaction() != null || super.isOurs(row, epoch);
                    }
                };
            case CURSOR_BEFORE_EFFECT ->
                new SimulatedLaneStore(world, tables, process) {
                    @Override
                    public Effect effect() throws SQLException {
                        Effect unused = super.effect();
                        return new InTransaction(java.util.Objects.requireNonNull(process.transaction())) {
                            @Override
                            void set(LaneRow row, long cursor) {
                                row.cursor = cursor;
                            }
                        };
                    }
                };
            case DROP_HOLD ->
                new SimulatedLaneStore(world, tables, process) {
                    @Override
                    public Effect effect() throws SQLException {
                        Effect unused = super.effect();
                        return new InTransaction(java.util.Objects.requireNonNull(process.transaction())) {
                            @Override
                            public void holdBehind(String subscription, int lane, List<LogEntry> entries) {
                                // dropped
                            }
                        };
                    }
                };
            case DROP_FAILED ->
                new SimulatedLaneStore(world, tables, process) {
                    @Override
                    void writeHeld(Subscription of, HeldRow row) {
                        if (row.state.equals("behind")) {
                            super.writeHeld(of, row);
                        }
                    }
                };
            case DOUBLE_OWNER ->
                new SimulatedLaneStore(world, tables, process) {
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
                };
            case SAME_EPOCH ->
                new SimulatedLaneStore(world, tables, process) {
                    @Override
                    long nextEpoch(LaneRow row) {
                        return row.epoch;
                    }
                };
            case TRIES_IN_MEMORY ->
                new SimulatedLaneStore(world, tables, process) {
                    @Override
                    public int tried(String subscription, int lane, long epoch, long position) throws SQLException {
                        return super.tried(subscription, lane, epoch, position) < 0 ? -1 : 2;
                    }
                };
            case HELD_STAYS ->
                new SimulatedLaneStore(world, tables, process) {
                    @Override
                    public Effect effect() throws SQLException {
                        Effect unused = super.effect();
                        return new InTransaction(java.util.Objects.requireNonNull(process.transaction())) {
                            @Override
                            void delete(Subscription of, HeldRow row, @Nullable HeldRow next) {
                                // stays
                            }
                        };
                    }
                };
            default -> new SimulatedLaneStore(world, tables, process);
        };
    }
}
