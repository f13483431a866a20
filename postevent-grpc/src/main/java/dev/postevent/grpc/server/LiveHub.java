package dev.postevent.grpc.server;

import dev.postevent.grpc.v1.Heartbeat;
import dev.postevent.internal.threads.UnlessUnderWay;
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

/** All live streams of this node. Brings them what the local feed brings, and tells them regularly where their topics are. */
final class LiveHub {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");

    private final EventLog log;
    private final Executor heads;
    private final Map<TopicName, Topic> topics = new ConcurrentHashMap<>();

    /** One topic that has or had streams. */
    private final class Topic {
        private final Set<LiveStream> streams = ConcurrentHashMap.newKeySet();
        private final UnlessUnderWay asking;
        private volatile Heartbeat last = Heartbeat.getDefaultInstance();

        private Topic(TopicName name) {
            this.asking = new UnlessUnderWay(
                    heads,
                    () -> last = ask(name),
                    e -> LOG.log(
                            Level.WARNING, "the head of " + name + " cannot be asked for, will be tried again", e));
        }
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
        topics.computeIfAbsent(stream.topic(), Topic::new).streams.add(stream);
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
                topic.asking.request();
            }
        });
    }

    private Heartbeat ask(TopicName name) {
        try {
            return Heartbeat.newBuilder()
                    .setHead(log.head(name))
                    .setSettled(log.settled(name))
                    .build();
        } catch (RuntimeException | Error e) {
            // the streams live on without a head; health says so where the database is away
            LOG.log(Level.DEBUG, "no head for the heartbeat", e);
            return Heartbeat.getDefaultInstance();
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
