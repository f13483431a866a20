package dev.postevent.internal.cdi;

import dev.postevent.spi.ConfigKey;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A transport that brings nothing and remembers what it was told, as somebody else's would be written. */
public class PigeonTransport implements Transport {
    /** What it was told, in order. */
    static final Queue<String> TOLD = new ConcurrentLinkedQueue<>();

    /** Reads that have begun and not ended. */
    static final AtomicInteger READING = new AtomicInteger();

    static volatile boolean throwsWhenClosed;

    /** What reads wait for; then they say that there is more. Null: they bring nothing, at once. */
    static volatile CountDownLatch gate;

    /** Is called by a feed that starts. */
    static volatile Runnable whenStarted;

    /** Forgets what was. */
    static void fresh() {
        TOLD.clear();
        throwsWhenClosed = false;
        gate = null;
        whenStarted = null;
    }

    @Override
    public Set<String> schemes() {
        return Set.of("pigeon");
    }

    @Override
    public List<ConfigKey> keys() {
        return List.of();
    }

    @Override
    public Configured configure(Setup setup, Consumer<String> fault) {
        return new Configured() {
            @Override
            public boolean serves() {
                return false;
            }

            @Override
            public Link open(Surroundings surroundings) {
                return opened();
            }
        };
    }

    Link opened() {
        return new Loft();
    }

    private static final class Loft implements Link {
        @Override
        public Source connect(RemoteTopic topic) {
            TOLD.add("connect " + topic.uri());
            if (topic.uri().getRawAuthority().startsWith("nowhere")) {
                throw new IllegalStateException("no pigeon flies there");
            }
            return new Pigeon();
        }

        @Override
        public void serve() {
            throw new IllegalStateException("it does not serve");
        }

        @Override
        public void offer(Map<TopicName, List<LogEntry>> batch) {
            throw new IllegalStateException("it does not serve");
        }

        @Override
        public void doubt(String reason) {
            throw new IllegalStateException("it does not serve");
        }

        @Override
        public void stop(Duration limit) {
            TOLD.add("link stop");
        }

        @Override
        public ServerStatus status() {
            return null;
        }
    }

    private static final class Pigeon implements Source, EventLog, Feed {
        private volatile Status status = Status.of(Kind.STREAM, "pigeon", Instant.EPOCH);

        @Override
        public EventLog log() {
            return this;
        }

        @Override
        public Feed feed() {
            return this;
        }

        @Override
        public OptionalLong headSeen() {
            return OptionalLong.empty();
        }

        @Override
        public OptionalLong settledSeen() {
            return OptionalLong.empty();
        }

        @Override
        public void close() {
            TOLD.add("close");
            if (throwsWhenClosed) {
                throw new IllegalStateException("the pigeon is gone");
            }
        }

        @Override
        public Origin origin(TopicName topic) {
            return Origin.of("loft", 1, 1);
        }

        @Override
        public long head(TopicName topic) {
            return 0;
        }

        @Override
        public long settled(TopicName topic) {
            return 0;
        }

        @Override
        public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            TOLD.add("read");
            CountDownLatch opens = gate;
            if (opens == null) {
                return Range.of(List.of(), after);
            }
            READING.incrementAndGet();
            try {
                opens.await();
                return Range.of(List.of(), after + 1).withMore(true);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("no bird flies any more", e);
            } finally {
                TOLD.add("read end");
                READING.decrementAndGet();
            }
        }

        @Override
        public void start(Listener listener) {
            TOLD.add("feed start");
            Runnable meanwhile = whenStarted;
            if (meanwhile != null) {
                meanwhile.run();
            }
            status = status.in(State.STREAMING, null, Instant.EPOCH);
        }

        @Override
        public void stop(Duration limit) {
            TOLD.add("feed stop");
            status = status.in(State.STOPPED, null, Instant.EPOCH);
        }

        @Override
        public Status status() {
            return status;
        }
    }
}
