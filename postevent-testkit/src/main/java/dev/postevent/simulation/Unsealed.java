package dev.postevent.simulation;

import dev.postevent.spi.LogEntry;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Believes its judgement of a gap and seals no void, so that nothing corrects it. */
class Unsealed extends Forwarding {
    private final World world;

    Unsealed(World world, SourceTable real) {
        super(real);
        this.world = world;
    }

    @Override
    public Page page(long after, long through, int rowsMax) throws SQLException {
        Page page = super.page(after, through, rowsMax);
        List<LogEntry> rows = page.entries();
        long last = page.cut() ? rows.get(rows.size() - 1).position() : through;
        TreeMap<Long, LogEntry> merged = new TreeMap<>();
        rows.forEach(row -> merged.put(row.position(), row));
        world.judgedVoid
                .subSet(after, false, last, true)
                .forEach(position -> merged.put(position, unsealedVoid(position)));
        List<LogEntry> entries = new ArrayList<>(merged.values());
        boolean cut = page.cut() || entries.size() > rowsMax;
        return new Page(
                page.settled(), page.below(), page.above(), cut, entries.subList(0, Math.min(rowsMax, entries.size())));
    }

    private static LogEntry unsealedVoid(long position) {
        return LogEntry.at(position)
                .kind('v')
                .id("void-" + position)
                .source("urn:postevent:void")
                .type("postevent.void")
                .build();
    }

    @Override
    public int seal(long[] positions) throws SQLException {
        long[] unused = super.positions(0, 0);
        for (long position : positions) {
            world.note("judged void", position, 0);
            world.judgedVoid.add(position);
        }
        return positions.length;
    }

    @Override
    public boolean raise(long after, long settled) {
        return true; // would say that there is a void
    }
}
