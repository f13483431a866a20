package dev.postevent.internal.cdi;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The transports at work, and the remote topics over them. */
final class Links {
    private static final System.Logger LOG = System.getLogger("dev.postevent");

    private final Map<Transport, Transport.Link> open = new LinkedHashMap<>();
    private final List<Transport.Link> serving = new ArrayList<>();
    private final Map<TopicName, Transport.Source> sources = new TreeMap<>();
    private final Map<TopicName, ClosableLog> logs = new TreeMap<>();
    private final Object closing = new Object();
    // under closing
    private boolean closed;

    private final Object starting = new Object();
    // under starting
    private final StartedFeeds feeds = new StartedFeeds();
    private boolean served;
    private boolean ending;

    /** Opens and connects all, or none. */
    Links(Plan plan, Transport.Surroundings surroundings) {
        try {
            openAll(plan, surroundings);
        } catch (RuntimeException | Error e) {
            stop(plan.stopLimit());
            throw e;
        }
    }

    private void openAll(Plan plan, Transport.Surroundings surroundings) {
        plan.transports().forEach((transport, configured) -> {
            Transport.Link link = configured.open(surroundings);
            open.put(transport, link);
            if (configured.serves()) {
                serving.add(link);
            }
        });
        for (TopicName topic : plan.observedTopics()) {
            RemoteTopic remote = plan.remotes().get(topic);
            if (remote != null) {
                Transport.Source source = linkFor(remote).connect(remote);
                sources.put(topic, source);
                logs.put(topic, new ClosableLog(source.log()));
            }
        }
    }

    private Transport.Link linkFor(RemoteTopic remote) {
        for (Map.Entry<Transport, Transport.Link> one : open.entrySet()) {
            if (one.getKey().schemes().contains(remote.scheme())) {
                return one.getValue();
            }
        }
        throw new IllegalStateException("no transport for " + remote);
    }

    /** Remote topics that are observed here. */
    Map<TopicName, Transport.Source> sources() {
        return sources;
    }

    Transport.@Nullable Source source(TopicName topic) {
        return sources.get(topic);
    }

    /** The log of a remote topic that is observed here, which can be read until {@link #stop}; null: it is none. */
    @Nullable
    EventLog log(TopicName topic) {
        return logs.get(topic);
    }

    boolean serves() {
        return !serving.isEmpty();
    }

    /** True if a consumer is connected right now. */
    boolean hasConsumers() {
        return serving.stream()
                .map(Transport.Link::status)
                .anyMatch(status -> status != null && !status.connected().isEmpty());
    }

    /** Starts each feed that is not started yet; none once they are being stopped, which a start may not have heard of. */
    void startFeeds(Function<TopicName, Feed.Listener> listeners) {
        sources.forEach((topic, source) -> {
            synchronized (starting) {
                if (!ending) {
                    feeds.start(source.feed(), listeners.apply(topic));
                }
            }
        });
    }

    /** Begins to serve, once, unless it is being stopped. */
    void serve() {
        synchronized (starting) {
            if (!served && !ending) {
                served = true;
                serving.forEach(Transport.Link::serve);
            }
        }
    }

    void offer(Map<TopicName, List<LogEntry>> batch) {
        serving.forEach(link -> link.offer(batch));
    }

    void doubt(String reason) {
        serving.forEach(link -> link.doubt(reason));
    }

    List<Transport.ServerStatus> status() {
        return open.values().stream()
                .map(Transport.Link::status)
                .filter(Objects::nonNull)
                .toList();
    }

    /** Waits for a start that is under way, stops what it started, and lets nothing be started any more. */
    void stopFeeds(Duration limit) {
        synchronized (starting) {
            ending = true;
        }
        sources.forEach((topic, source) ->
                end("feed of the remote topic " + topic, () -> source.feed().stop(limit)));
    }

    /**
     * Closes each source, once, when its log is read no more or {@code limit} is over, and then ends the links. May be called twice; the
     * second one waits for the first.
     */
    void stop(Duration limit) {
        synchronized (closing) {
            if (!closed) {
                closed = true;
                endReads(limit);
                sources.forEach((topic, source) -> end("source of the remote topic " + topic, source::close));
            }
            open.forEach((transport, link) ->
                    end("transport of " + new TreeSet<>(transport.schemes()), () -> link.stop(limit)));
        }
    }

    /** All are told before one is waited for. */
    private void endReads(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        logs.values().forEach(ClosableLog::close);
        logs.forEach((topic, log) -> {
            if (!log.awaitIdle(deadline - System.nanoTime())) {
                LOG.log(
                        Level.WARNING,
                        "postevent: the remote topic " + topic + " is still being read " + limit.toMillis()
                                + " ms after the stop; its source is closed all the same");
            }
        });
    }

    /** Whatever one of them throws, the others have to end as well. */
    private static void end(String what, Runnable ending) {
        try {
            ending.run();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "postevent: the " + what + " did not end in an orderly way", e);
        }
    }

    /** The remote topic whose feed ended by itself; null: none. */
    @Nullable
    String deadFeed() {
        for (Map.Entry<TopicName, Transport.Source> one : sources.entrySet()) {
            if (one.getValue().feed().status().state() == Feed.State.STOPPED) {
                return one.getKey().value();
            }
        }
        return null;
    }
}
