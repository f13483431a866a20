package dev.postevent.internal.cdi;

import dev.postevent.internal.inbox.Inbox;
import dev.postevent.internal.processor.EntrySource;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The inbox as the processor sees it. */
public final class InboxEntries implements EntrySource {
    private final Inbox inbox;

    /** Of {@code inbox}. */
    public InboxEntries(Inbox inbox) {
        this.inbox = inbox;
    }

    @Override
    public Page read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        Inbox.Page page = inbox.read(topic, after, through, rowsMax, bytesMax);
        return new Page(page.entries(), page.mark());
    }

    @Override
    public Skim skim(TopicName topic, long after, long through, Instant time, int rowsMax) {
        Inbox.Skim skim = inbox.skim(topic, after, through, time, rowsMax);
        return new Skim(skim.through(), skim.mark());
    }

    @Override
    public List<LogEntry> readAt(TopicName topic, List<Long> positions) {
        return inbox.readAt(topic, positions);
    }

    @Override
    public Map<Long, String> ids(TopicName topic, Collection<Long> positions) {
        return inbox.ids(topic, positions);
    }

    @Override
    public long mark(TopicName topic) {
        return inbox.mark(topic).mark();
    }

    @Override
    public long backlog(TopicName topic, long[] cursors, long through) {
        return inbox.backlog(topic, cursors, through);
    }

    @Override
    public double oldestSeconds(TopicName topic, long[] cursors, long through) {
        return inbox.oldestSeconds(topic, cursors, through);
    }
}
