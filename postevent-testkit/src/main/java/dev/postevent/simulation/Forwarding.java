package dev.postevent.simulation;

import dev.postevent.spi.Origin;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;

/** A table as it is, to be changed in one point. */
class Forwarding implements SourceTable {
    private final SourceTable real;

    Forwarding(SourceTable real) {
        this.real = real;
    }

    @Override
    public Page page(long after, long through, int rowsMax) throws SQLException {
        return real.page(after, through, rowsMax);
    }

    @Override
    public Optional<String> guard() throws SQLException {
        return real.guard();
    }

    @Override
    public Bound bound() throws SQLException {
        return real.bound();
    }

    @Override
    public Holders holders() throws SQLException {
        return real.holders();
    }

    @Override
    public long[] positions(long after, long through) throws SQLException {
        return real.positions(after, through);
    }

    @Override
    public int seal(long[] positions) throws SQLException {
        return real.seal(positions);
    }

    @Override
    public Map<String, String> blockers() throws SQLException {
        return real.blockers();
    }

    @Override
    public boolean raise(long after, long settled) throws SQLException {
        return real.raise(after, settled);
    }

    @Override
    public Optional<String> notFlushed() throws SQLException {
        return real.notFlushed();
    }

    @Override
    public boolean isFlushed(String lsn) throws SQLException {
        return real.isFlushed(lsn);
    }

    @Override
    public void touch() throws SQLException {
        real.touch();
    }

    @Override
    public long settled() throws SQLException {
        return real.settled();
    }

    @Override
    public long head() throws SQLException {
        return real.head();
    }

    @Override
    public Origin origin() throws SQLException {
        return real.origin();
    }
}
