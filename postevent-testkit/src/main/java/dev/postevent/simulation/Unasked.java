package dev.postevent.simulation;

import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.flow.InboxWriter;
import dev.postevent.internal.flow.Kept;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.TopicName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A store that takes what it is given, whatever the inbox has. */
class Unasked implements InboxWriter {
    private final World world;
    private final InboxWriter real;

    Unasked(World world, InboxWriter real) {
        this.world = world;
        this.real = real;
    }

    @Override
    public InboxMark mark(TopicName topic) {
        return real.mark(topic);
    }

    @Override
    public boolean store(TopicName topic, List<LogEntry> entries, InboxMark known, long mark) {
        world.inbox.apply(entries, mark);
        return true;
    }

    @Override
    public boolean storeNext(TopicName topic, List<LogEntry> entries, InboxMark known, VisibilityCondition condition) {
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
    public Kept kept(TopicName topic, long through) {
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
