package dev.postevent.internal.cdi;

import dev.postevent.internal.catchup.CatchUp;
import dev.postevent.internal.feed.OverdueHeads;
import dev.postevent.internal.threads.UnlessUnderWay;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Checks the heads of topics for a node that does not stream. Another one does, and stores for all; but nobody tells remote consumers
 * that are connected here, and that other node may know fewer topics (while the application is updated), or its stream may have
 * missed something. So a topic whose mark has stood still since the last check, below what was its head then, is to be read; once for
 * each such head, as a gap that somebody holds open looks the same.
 */
final class StandbyTail {
    private static final System.Logger LOG = System.getLogger("dev.postevent");

    /** Between two comparisons with the mark: a stream and whoever stores what it brings need less. */
    private static final long COMPARED_NANOS = Duration.ofSeconds(1).toNanos();

    private final EventLog log;
    private final Collection<TopicName> topics;
    private final Map<TopicName, CatchUp> catchUps;
    private final BooleanSupplier consumers;
    private final Consumer<String> doubtOfConsumers;
    private final LongSupplier nanos;
    private final UnlessUnderWay checks;
    // what follows belongs to whoever runs
    private final Map<TopicName, Long> heads = new HashMap<>();
    private final OverdueHeads overdue = new OverdueHeads();
    private boolean compared;
    private long comparedAt;

    /**
     * Of one node.
     *
     * @param topics that have a table here
     * @param catchUps those of durable topics, among others
     * @param consumers whether there are remote ones
     * @param doubtOfConsumers tells them to read, with a reason
     * @param pool for the questions, which may block
     */
    StandbyTail(
            EventLog log,
            Collection<TopicName> topics,
            Map<TopicName, CatchUp> catchUps,
            BooleanSupplier consumers,
            Consumer<String> doubtOfConsumers,
            Executor pool,
            LongSupplier nanos) {
        this.log = log;
        this.topics = topics;
        this.catchUps = catchUps;
        this.consumers = consumers;
        this.doubtOfConsumers = doubtOfConsumers;
        this.nanos = nanos;
        this.checks = new UnlessUnderWay(
                pool,
                this::run,
                e -> LOG.log(Level.WARNING, "the heads of topics cannot be looked at, will be tried again", e));
    }

    /** Checks once, elsewhere; does nothing while a check is under way. */
    void check() {
        checks.request();
    }

    private void run() {
        try {
            boolean compares = !compared || nanos.getAsLong() - comparedAt >= COMPARED_NANOS;
            boolean tells = consumers.getAsBoolean();
            boolean moved = false;
            for (TopicName topic : topics) {
                CatchUp catchUp = compares ? catchUps.get(topic) : null;
                if (tells || catchUp != null) {
                    // the mark first: what it passes meanwhile is not behind
                    long mark = catchUp == null ? 0 : catchUp.status().mark();
                    long head = log.head(topic);
                    Long before = heads.put(topic, head);
                    moved |= before != null && before != head;
                    if (catchUp != null
                            && overdue.overdue(topic, head, mark, false).isPresent()) {
                        LOG.log(Level.DEBUG, () -> topic + ": nobody has stored what was the head at the last check");
                        catchUp.doubt();
                    }
                }
            }
            if (compares) {
                compared = true;
                comparedAt = nanos.getAsLong();
            }
            if (tells && moved) {
                doubtOfConsumers.accept("this node does not stream, and there is more");
            }
        } catch (RuntimeException e) {
            LOG.log(Level.DEBUG, "could not look at the heads of topics, will do so again", e);
        }
    }
}
