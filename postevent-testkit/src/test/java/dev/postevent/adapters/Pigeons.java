package dev.postevent.adapters;

import dev.postevent.PosteventException;
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
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A transport to lofts in this JVM: the shortest thing that keeps the contract, as somebody else's would be written. Or that does not
 * keep it, in one of the ways of {@link BrokenTransport}.
 */
public final class Pigeons implements Transport {
    /** By the name that is their host. */
    static final Map<String, Loft> LOFTS = new ConcurrentHashMap<>();

    private static final Link ONE_FOR_ALL = new Flock(Thread::new, BrokenTransport.HAS_ONE_LINK_FOR_ALL);

    private final BrokenTransport broken;

    public Pigeons() {
        this(BrokenTransport.NOT);
    }

    Pigeons(BrokenTransport broken) {
        this.broken = broken;
    }

    @Override
    public Set<String> schemes() {
        return switch (broken) {
            case HAS_NO_SCHEME -> Set.of();
            case HAS_ANOTHER_SCHEME -> Set.of("crow");
            default -> Set.of("pigeon");
        };
    }

    @Override
    public List<ConfigKey> keys() {
        String prefix = broken == BrokenTransport.HAS_KEYS_OF_OTHERS ? "" : "postevent.";
        return List.of(ConfigKey.of(prefix + "pigeon.flock", "1 to 99", "How many birds carry one batch.")
                .withDefault("2"));
    }

    @Override
    public Configured configure(Setup setup, Consumer<String> fault) {
        boolean unused = setup.config("postevent.pigeon.flock").isPresent();
        if (broken == BrokenTransport.READS_WHAT_IT_DOES_NOT_NAME) {
            unused |= setup.config("postevent.pigeon.secret").isPresent();
        }
        for (RemoteTopic remote : setup.remotes()) {
            if (remote.uri().getPort() < 0 && broken != BrokenTransport.TAKES_ANY_ADDRESS) {
                fault.accept("postevent.topics." + remote.topic() + ".remote.uri has no perch; expected e.g."
                        + " pigeon://loft-7:1/orders");
            }
        }
        return new Trained(broken);
    }

    private record Trained(BrokenTransport broken) implements Configured {
        @Override
        public boolean serves() {
            return broken == BrokenTransport.SERVES_UNASKED;
        }

        @Override
        public Link open(Surroundings surroundings) {
            return broken == BrokenTransport.HAS_ONE_LINK_FOR_ALL
                    ? ONE_FOR_ALL
                    : new Flock(surroundings.threads(), broken);
        }
    }

    private static final class Flock implements Link {
        private final ThreadFactory threads;
        private final BrokenTransport broken;
        private final List<Pigeon> pigeons = new CopyOnWriteArrayList<>();

        Flock(ThreadFactory threads, BrokenTransport broken) {
            this.threads = threads;
            this.broken = broken;
        }

        @Override
        public Source connect(RemoteTopic topic) {
            if (broken == BrokenTransport.WAITS_FOR_ITS_SOURCE
                    && !LOFTS.containsKey(topic.uri().getHost())) {
                awaitQuietly();
            }
            Pigeon pigeon = new Pigeon(topic, threads, broken, this::closed);
            pigeons.add(pigeon);
            if (broken == BrokenTransport.STARTS_UNASKED) {
                pigeon.feed().start(new Deaf());
            }
            return pigeon;
        }

        private static void awaitQuietly() {
            try {
                boolean unused = new CountDownLatch(1).await(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void closed(Pigeon pigeon) {
            if (broken == BrokenTransport.CLOSES_THE_OTHERS) {
                pigeons.forEach(other -> other.end(Duration.ofMillis(500)));
            }
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
            if (broken != BrokenTransport.STOP_LEAVES_SOURCES) {
                pigeons.forEach(pigeon -> pigeon.end(limit));
            }
        }

        @Override
        public ServerStatus status() {
            return null;
        }
    }

    private static final class Deaf implements Feed.Listener {
        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            // nobody asked for it
        }

        @Override
        public void onDoubt(String reason) {
            // nobody asked for it
        }
    }

    /** Log and feed of one topic, over a loft that may not be there. */
    private static final class Pigeon implements Source, EventLog, Feed {
        private final String host;
        private final TopicName topic;
        private final BrokenTransport broken;
        private final Consumer<Pigeon> closing;
        /** Null: there is no such loft. */
        private final PigeonFeed feed;

        private volatile boolean ended;
        private volatile OptionalLong head = OptionalLong.empty();
        private volatile OptionalLong settled = OptionalLong.empty();
        private volatile boolean away;

        Pigeon(RemoteTopic remote, ThreadFactory threads, BrokenTransport broken, Consumer<Pigeon> closing) {
            this.host = remote.uri().getHost();
            this.topic = broken == BrokenTransport.HAS_THE_NAME_OF_THE_SOURCE ? remote.remoteName() : remote.topic();
            this.broken = broken;
            this.closing = closing;
            Loft loft = LOFTS.get(host);
            this.feed = loft == null ? null : new PigeonFeed(loft, topic, threads);
        }

        private Loft loft() {
            Loft loft = LOFTS.get(host);
            if (loft == null && broken == BrokenTransport.FAILS_IN_ITS_OWN_WAY) {
                throw new IllegalStateException("no pigeon comes back");
            }
            if (loft == null || ended) {
                throw new PosteventException("PSTEV90001", "no pigeon comes back from " + host);
            }
            return loft;
        }

        private void heard(Loft loft) {
            if (broken != BrokenTransport.NEVER_SEES_THE_HEAD) {
                head = OptionalLong.of(loft.head(topic));
                settled = OptionalLong.of(loft.settled(topic));
            }
        }

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
            return broken == BrokenTransport.KNOWS_A_HEAD_BEFORE ? OptionalLong.of(0) : head;
        }

        @Override
        public OptionalLong settledSeen() {
            return settled;
        }

        @Override
        public void close() {
            if (broken != BrokenTransport.STAYS_OPEN && broken != BrokenTransport.STARTS_AFTER_THE_CLOSE) {
                end(broken == BrokenTransport.CLOSE_WAITS ? Duration.ofMinutes(1) : Duration.ofMillis(500));
            }
            closing.accept(this);
        }

        void end(Duration limit) {
            ended = true;
            stop(limit);
        }

        @Override
        public Origin origin(TopicName asked) {
            return loft().origin();
        }

        @Override
        public long head(TopicName asked) {
            Loft loft = loft();
            heard(loft);
            return loft.head(asked);
        }

        @Override
        public long settled(TopicName asked) {
            return loft().settled(asked);
        }

        @Override
        public Range read(TopicName asked, long after, long through, int rowsMax, long bytesMax) {
            Loft loft = loft();
            Range range = loft.read(asked, after, through, rowsMax, bytesMax);
            heard(loft);
            return range;
        }

        @Override
        public void start(Listener listener) {
            if (feed == null) {
                away = !ended;
            } else {
                feed.start(listener);
            }
        }

        @Override
        public void stop(Duration limit) {
            away = false;
            if (feed != null) {
                feed.stop(limit);
            }
        }

        @Override
        public Status status() {
            Status none = Status.of(Kind.STREAM, "pigeon", Instant.EPOCH);
            if (feed == null) {
                return away ? none.in(State.RETRYING, "no loft " + host, Instant.EPOCH) : none;
            }
            return feed.status();
        }
    }
}
