package dev.postevent.simulation;

import dev.postevent.internal.catchup.CatchUp;
import dev.postevent.internal.worker.VisibilityCondition;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A store that takes what it is given, whatever the inbox has. */
class Unasked implements CatchUp.Store {
    private final World world;
    private final CatchUp.Store real;

    Unasked(World world, CatchUp.Store real) {
        this.world = world;
        this.real = real;
    }

    @Override
    public CatchUp.Durable mark(TopicName topic) {
        return real.mark(topic);
    }

    @Override
    public boolean store(TopicName topic, List<LogEntry> entries, CatchUp.Durable known, long mark) {
        world.inbox.apply(entries, mark);
        return true;
    }

    @Override
    public boolean storeNext(
            TopicName topic, List<LogEntry> entries, CatchUp.Durable known, VisibilityCondition condition) {
        return false;
    }

    @Override
    public void passGone(TopicName topic, long through) {
        real.passGone(topic, through);
    }

    @Override
    public @Nullable LogEntry at(TopicName topic, long position) {
        return real.at(topic, position);
    }

    @Override
    public CatchUp.Kept kept(TopicName topic, long through) {
        return real.kept(topic, through);
    }

    @Override
    public @Nullable Origin origin(TopicName topic) {
        return real.origin(topic);
    }

    @Override
    public void saveOrigin(TopicName topic, Origin origin) {
        real.saveOrigin(topic, origin);
    }
}
