package dev.postevent.grpc.server;

import dev.postevent.grpc.v1.Heartbeat;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import io.grpc.Status;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

/** All live streams of this node. Brings them what the local feed brings, and tells them regularly where their topics are. */
final class LiveHub {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");

    private final EventLog log;
    private final Executor heads;
    private final Map<TopicName, Topic> topics = new ConcurrentHashMap<>();

    /** One topic that has or had streams. */
    private static final class Topic {
        private final Set<LiveStream> streams = ConcurrentHashMap.newKeySet();
        private final AtomicBoolean asking = new AtomicBoolean();
        private volatile Heartbeat last = Heartbeat.getDefaultInstance();
    }

    /**
     * Makes the hub.
     *
     * @param heads runs the questions for heads, which may block; it must not be the thread that {@link #beat} is called on
     */
    LiveHub(EventLog log, Executor heads) {
        this.log = log;
        this.heads = heads;
    }

    void add(LiveStream stream) {
        topics.computeIfAbsent(stream.topic(), t -> new Topic()).streams.add(stream);
    }

    void remove(LiveStream stream) {
        Topic topic = topics.get(stream.topic());
        if (topic != null) {
            topic.streams.remove(stream);
        }
    }

    void offer(Map<TopicName, List<LogEntry>> batch) {
        batch.forEach((name, entries) -> {
            Topic topic = topics.get(name);
            if (topic != null) {
                topic.streams.forEach(stream -> stream.offer(entries));
            }
        });
    }

    void doubt(String reason) {
        LOG.log(Level.DEBUG, () -> "live streams are told that something may be missing: " + reason);
        topics.values().forEach(topic -> topic.streams.forEach(LiveStream::doubt));
    }

    /** Sends each stream a heartbeat with the head asked for since the last one; does not wait for the database. */
    void beat() {
        topics.forEach((name, topic) -> {
            if (!topic.streams.isEmpty()) {
                topic.streams.forEach(stream -> stream.beat(topic.last));
                ask(name, topic);
            }
        });
    }

    private void ask(TopicName name, Topic topic) {
        if (!topic.asking.compareAndSet(false, true)) {
            return;
        }
        try {
            heads.execute(() -> {
                try {
                    topic.last = Heartbeat.newBuilder()
                            .setHead(log.head(name))
                            .setSettled(log.settled(name))
                            .build();
                } catch (RuntimeException | Error e) {
                    // the streams live on without a head; health says so where the database is away
                    topic.last = Heartbeat.getDefaultInstance();
                    LOG.log(Level.DEBUG, "no head for the heartbeat", e);
                } finally {
                    topic.asking.set(false);
                }
            });
        } catch (RejectedExecutionException e) {
            topic.asking.set(false); // being stopped
        } catch (Error e) {
            topic.asking.set(false);
            LOG.log(Level.WARNING, "the head of " + name + " cannot be asked for, will be tried again", e);
        }
    }

    /** Streams that may not go on end: what lets callers in was changed. */
    void checkAdmissions() {
        topics.values().forEach(topic -> topic.streams.forEach(LiveStream::checkAdmission));
    }

    void endAll(Status status) {
        topics.values().forEach(topic -> topic.streams.forEach(stream -> stream.end(status)));
    }

    int streams() {
        return topics.values().stream().mapToInt(topic -> topic.streams.size()).sum();
    }

    Map<TopicName, Set<String>> connected() {
        Map<TopicName, Set<String>> connected = new TreeMap<>();
        topics.forEach((name, topic) -> {
            Set<String> consumers = new TreeSet<>();
            topic.streams.forEach(stream -> consumers.add(stream.consumer()));
            if (!consumers.isEmpty()) {
                connected.put(name, consumers);
            }
        });
        return connected;
    }
}
