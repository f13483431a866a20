package dev.postevent.grpc.client;

import dev.postevent.PosteventException;
import dev.postevent.grpc.v1.ReportMarkRequest;
import dev.postevent.grpc.v1.ReportMarkResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.Feed;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.FastThreadLocal;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** All remote topics of one application, with their connections; and tells the sources how far it is. */
public final class RemoteSources {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final Duration CLOSE_LIMIT = Duration.ofMillis(500);

    private final String consumer;
    private final ThreadFactory threads;
    private final Function<TopicName, OptionalLong> received;
    private final RandomGenerator random;
    private final Map<Address, Connection> connections = new HashMap<>();
    /** Those that are open, with what tells each how far it is. */
    private final IdentityHashMap<Source, ScheduledFuture<?>> sources = new IdentityHashMap<>();

    /** Of connections that ended with their last source: they may not be through with it yet. */
    private final List<ManagedChannel> closing = new ArrayList<>();

    private final ScheduledThreadPoolExecutor timer;
    private final ThreadPoolExecutor offload;
    private @Nullable EventLoopGroup loops;
    private boolean stopped;

    private record Address(Endpoint endpoint, ClientSettings settings) {}

    /**
     * Makes it; nothing is connected yet.
     *
     * @param consumer the name the application gives itself at sources
     * @param threads makes all its threads
     * @param received how far a topic was received, by its name here; empty if nobody keeps it
     */
    public RemoteSources(
            String consumer,
            ThreadFactory threads,
            Function<TopicName, OptionalLong> received,
            RandomGenerator random) {
        this.consumer = consumer;
        this.threads = task -> {
            Thread thread = threads.newThread(task);
            if (thread != null) {
                thread.setName("postevent-grpc-client");
            }
            return thread;
        };
        this.received = received;
        this.random = random;
        this.timer = new ScheduledThreadPoolExecutor(1, this.threads);
        timer.setRemoveOnCancelPolicy(true);
        this.offload = new ThreadPoolExecutor(1, 1, 30, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), this.threads);
        offload.allowCoreThreadTimeOut(true);
    }

    /**
     * Reads certificates and keys, as a check at deployment.
     *
     * @throws PosteventException naming the files that are wrong
     */
    public static void check(ClientSettings settings) {
        if (settings.protection() == ClientSettings.Protection.TLS) {
            Connection.sslContext(settings);
        }
    }

    /** A topic; topics with equal addresses and settings share a connection. */
    public synchronized Transport.Source connect(RemoteTopic remote, ClientSettings settings) {
        EventLoopGroup group = loops;
        if (group == null) {
            group = new MultiThreadIoEventLoopGroup(1, threads, NioIoHandler.newFactory());
            loops = group;
        }
        EventLoopGroup loop = group;
        Connection connection = connections.computeIfAbsent(
                new Address(Endpoint.of(remote.uri()), settings),
                address -> new Connection(address.endpoint(), settings, loop, offload));
        Source source = source(remote, connection, settings);
        long period = settings.limits().report().toMillis();
        sources.put(source, timer.scheduleWithFixedDelay(source::report, period, period, TimeUnit.MILLISECONDS));
        return source;
    }

    /** For tests that bring channels of another kind: a source over these. */
    Source source(RemoteTopic remote, Channels channels, ClientSettings settings) {
        Known known = new Known();
        String name = nameAtSource(remote);
        return new Source(
                remote,
                new GrpcEventLog(remote, channels, settings.limits(), known),
                new GrpcFeed(
                        remote,
                        name,
                        channels,
                        settings.limits(),
                        threads,
                        known,
                        () -> received.apply(remote.topic()),
                        random),
                known,
                new Reports(name, channels, settings.limits().callLimit(), received),
                this::close);
    }

    /** Ends what is one source's, and the connection if no other has it. */
    private void close(Source source) {
        boolean runs = source.feed().status().state() != Feed.State.STOPPED;
        // whoever has stopped it has waited for it
        source.feed().stop(runs ? CLOSE_LIMIT : Duration.ofMillis(1));
        synchronized (this) {
            ScheduledFuture<?> reports = sources.remove(source);
            if (reports == null || stopped) {
                return;
            }
            reports.cancel(false);
            if (source.reports().channels() instanceof Connection connection
                    && sources.keySet().stream()
                            .noneMatch(other -> other.reports().channels() == connection)) {
                connections.values().remove(connection);
                ManagedChannel channel = connection.close();
                if (channel != null) {
                    closing.removeIf(ManagedChannel::isTerminated);
                    closing.add(channel);
                }
            }
        }
    }

    /** The source keeps one mark per name and topic: two topics here that are the same one there have each a name. */
    private String nameAtSource(RemoteTopic remote) {
        return remote.topic().equals(remote.remoteName()) ? consumer : consumer + "." + remote.topic();
    }

    /**
     * Ends feeds, connections and threads; waits no longer than {@code limit}. May be called twice. A thread that Netty
     * keeps for all its loops ends by itself, about a second later.
     */
    public void stop(Duration limit) {
        List<Source> running;
        List<Connection> open;
        List<ManagedChannel> ending;
        EventLoopGroup group;
        synchronized (this) {
            if (stopped) {
                return;
            }
            stopped = true;
            running = new ArrayList<>(sources.keySet());
            open = new ArrayList<>(connections.values());
            ending = new ArrayList<>(closing);
            group = loops;
        }
        long deadline = System.nanoTime() + limit.toNanos();
        timer.shutdownNow();
        running.forEach(source -> source.feed().stop(Duration.ofMillis(left(deadline))));
        try {
            for (Connection connection : open) {
                ManagedChannel channel = connection.close();
                if (channel != null) {
                    ending.add(channel);
                }
            }
            for (ManagedChannel channel : ending) {
                channel.awaitTermination(left(deadline), TimeUnit.MILLISECONDS);
            }
            offload.shutdown();
            if (group != null) {
                group.shutdownGracefully(0, left(deadline), TimeUnit.MILLISECONDS)
                        .await(left(deadline), TimeUnit.MILLISECONDS);
            }
            for (ExecutorService pool : List.of(timer, offload)) {
                if (!pool.awaitTermination(left(deadline), TimeUnit.MILLISECONDS)) {
                    pool.shutdownNow();
                }
            }
        } catch (InterruptedException e) {
            offload.shutdownNow();
            Thread.currentThread().interrupt();
        } finally {
            FastThreadLocal.removeAll();
        }
    }

    private static long left(long deadline) {
        return Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
    }

    /** One remote topic. */
    record Source(RemoteTopic remote, EventLog log, Feed feed, Known known, Reports reports, Consumer<Source> closing)
            implements Transport.Source {

        @Override
        public OptionalLong headSeen() {
            return known.head();
        }

        @Override
        public OptionalLong settledSeen() {
            return known.settled();
        }

        @Override
        public void close() {
            closing.accept(this);
        }

        /** Tells the source how far the topic was received. Does not wait for the answer. */
        void report() {
            OptionalLong mark = reports.received().apply(remote.topic());
            if (mark.isEmpty() || feed.status().state() != Feed.State.STREAMING) {
                return;
            }
            try {
                TopicServiceGrpc.newStub(reports.channels().get())
                        .withDeadlineAfter(reports.limit().toMillis(), TimeUnit.MILLISECONDS)
                        .reportMark(
                                ReportMarkRequest.newBuilder()
                                        .setTopic(remote.remoteName().value())
                                        .setConsumer(reports.consumer())
                                        .setMark(mark.getAsLong())
                                        .build(),
                                new Reported(remote, known));
            } catch (RuntimeException | Error e) {
                // a timer ends a task that throws; the next report says the same and more
                LOG.log(Level.DEBUG, "the mark was not reported", e);
            }
        }
    }

    /**
     * How a mark is reported.
     *
     * @param consumer the name the application gives itself at the source
     * @param limit how long it may take
     * @param received how far a topic was received, by its name here; empty if nobody keeps it
     */
    private record Reports(
            String consumer, Channels channels, Duration limit, Function<TopicName, OptionalLong> received) {}

    private record Reported(RemoteTopic remote, Known known) implements StreamObserver<ReportMarkResponse> {
        @Override
        public void onNext(ReportMarkResponse response) {
            known.answered(null);
        }

        @Override
        public void onError(Throwable failure) {
            Status status = Status.fromThrowable(failure);
            String text = "the mark was not taken by " + remote + ": " + SourceFailure.describe(status);
            // all else passes by itself, or the feed says it, too
            if (status.getCode() == Status.Code.FAILED_PRECONDITION) {
                known.answered(text);
            }
            LOG.log(Level.DEBUG, () -> "topic " + remote.topic() + ": " + text);
        }

        @Override
        public void onCompleted() {
            // nothing to do
        }
    }
}
