package dev.postevent.grpc.server;

import dev.postevent.PosteventException;
import dev.postevent.grpc.files.Reloaded;
import dev.postevent.internal.worker.OwnPool;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The server of one application: its own port, its own event loops, threads of the application's factory.
 *
 * <p>Who runs where: netty's loops move bytes; {@code sends} makes messages and takes calls in; {@code reads} waits for the
 * database, with a bounded queue; {@code heads} asks for the heads that heartbeats carry. So neither a slow database nor a slow
 * client holds up heartbeats or other clients. Each queue is bounded: {@code sends} by one task per call, {@code heads} by one
 * per topic.
 */
public final class EventServer {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final long BIND_RETRY_MILLIS = 5_000;
    private static final int REQUEST_BYTES_MAX = 65_536;
    private static final int CALLS_PER_CONNECTION_MAX = 256;
    /** Far more than a client has calls to take back; whoever begins calls only for that has its connection ended. */
    private static final int RESETS_MAX = 1_000;

    private static final int RESETS_MAX_SECONDS = 30;
    private static final int SENDERS = 2;
    private static final int READS_QUEUED_PER_THREAD = 16;

    private final ServerSettings settings;
    private final ThreadFactory threads;
    private final LiveHub hub;
    private final ScheduledThreadPoolExecutor timer;
    private final ThreadPoolExecutor reads;
    private final ThreadPoolExecutor sends;
    private final ThreadPoolExecutor heads;
    private final ServerServiceDefinition service;
    private final Callers callers;
    private final Connections connections;
    private final @Nullable Reloaded<SslContext> ssl;

    private final Object life = new Object();
    // under life
    private boolean stopped;
    private @Nullable Server server;
    private @Nullable EventLoopGroup loops;
    private volatile String detail = "not started yet";
    private volatile boolean listening;
    private volatile int port = -1;

    /**
     * Makes the server; nothing listens yet.
     *
     * @param threads makes all its threads
     * @param log the topics it serves
     */
    public EventServer(ServerSettings settings, ThreadFactory threads, EventLog log, Transport.Marks marks) {
        this.settings = settings;
        this.threads = named(threads);
        TransportLog.oneLineEach();
        int readers = settings.limits().readsMax();
        this.timer = new ScheduledThreadPoolExecutor(1, this.threads);
        timer.setRemoveOnCancelPolicy(true);
        this.reads = pool(readers, new ArrayBlockingQueue<>(readers * READS_QUEUED_PER_THREAD));
        this.sends = pool(SENDERS, new LinkedBlockingQueue<>());
        this.heads = pool(1, new LinkedBlockingQueue<>());
        this.hub = new LiveHub(log, heads);
        ServerSettings.Tls tls = settings.tls();
        this.ssl = tls == null
                ? null
                : new Reloaded<>(() -> sslContext(tls), tls.certificate(), tls.key(), tls.clientCa());
        ServerSettings.Token token = settings.token();
        ServerSettings.Limits limits = settings.limits();
        this.callers = new Callers(limits);
        this.connections = new Connections(limits.connectionsMax());
        this.service = ServerInterceptors.intercept(
                new CallLimits(callers, timer, limits.callLimit())
                        .before(new TopicCalls(
                                log,
                                marks,
                                hub,
                                new Permissions(settings.readers(), settings.subscribers()),
                                limits,
                                reads,
                                sends,
                                timer)),
                new Authentication(token == null ? null : new TokenCheck(token, keyFile(token))));
    }

    private static ThreadFactory named(ThreadFactory threads) {
        return task -> {
            Thread thread = threads.newThread(task);
            if (thread != null) {
                thread.setName("postevent-grpc-server");
            }
            return thread;
        };
    }

    private ThreadPoolExecutor pool(int size, java.util.concurrent.BlockingQueue<Runnable> queue) {
        return new OwnPool(size, queue, threads);
    }

    private static KeyFile keyFile(ServerSettings.Token token) {
        Path pem = token.publicKey();
        Path jwks = token.jwks();
        if (pem != null) {
            return KeyFile.pem(pem);
        }
        if (jwks == null) {
            throw new IllegalArgumentException("tokens need a public key or a JWKS file");
        }
        return KeyFile.jwks(jwks);
    }

    /**
     * Reads certificates and keys, as a check at deployment.
     *
     * @throws PosteventException naming the file that is wrong
     */
    public static void check(ServerSettings settings) {
        ServerSettings.Tls tls = settings.tls();
        if (tls != null) {
            sslContext(tls);
        }
        ServerSettings.Token token = settings.token();
        if (token != null) {
            try {
                keyFile(token).keys();
            } catch (com.nimbusds.jose.KeySourceException e) {
                throw new PosteventException(
                        "PSTEV35002", "the key that tokens are checked with cannot be read: " + e.getMessage(), e);
            }
        }
    }

    private static SslContext sslContext(ServerSettings.Tls tls) {
        try {
            SslContextBuilder builder = SslContextBuilder.forServer(
                    tls.certificate().toFile(), tls.key().toFile());
            Path clientCa = tls.clientCa();
            if (clientCa != null) {
                builder.trustManager(clientCa.toFile())
                        .clientAuth(tls.clientCertificateRequired() ? ClientAuth.REQUIRE : ClientAuth.OPTIONAL);
            }
            return GrpcSslContexts.configure(builder, SslProvider.JDK)
                    .protocols("TLSv1.3", "TLSv1.2")
                    .build();
        } catch (IOException | IllegalArgumentException e) {
            throw new PosteventException(
                    "PSTEV35001",
                    "the server's certificate " + tls.certificate() + ", key " + tls.key() + " or CA " + tls.clientCa()
                            + " cannot be used; they have to be PEM files, the key PKCS#8 without a password ("
                            + e.getMessage() + ")",
                    e);
        }
    }

    /** What this server answers, over any transport. */
    void addTo(ServerBuilder<?> builder) {
        builder.addService(service).addStreamTracerFactory(new Resets());
    }

    /**
     * Begins to listen; where that fails, tries again for ever. Returns at once.
     *
     * <p>The bind waits for an event loop, and that runs on a thread of the application's factory: on Open Liberty such a thread does not
     * begin before the application's start is over. So nobody who is part of that start may wait for it.
     */
    public void serve() {
        long beat = settings.limits().heartbeat().toMillis();
        ScheduledFuture<?> unused = timer.scheduleWithFixedDelay(this::beat, beat, beat, TimeUnit.MILLISECONDS);
        timer.execute(this::bind);
    }

    private void beat() {
        try {
            hub.beat();
        } catch (RuntimeException e) {
            // a timer ends a task that throws, and silence means "dead" to all clients
            LOG.log(Level.WARNING, "a heartbeat failed", e);
        }
    }

    private void bind() {
        synchronized (life) {
            if (stopped || server != null) {
                return;
            }
            EventLoopGroup group = loops;
            if (group == null) {
                group = new MultiThreadIoEventLoopGroup(2, threads, NioIoHandler.newFactory());
                loops = group;
            }
            try {
                Server made = build(group).start();
                server = made;
                port = made.getPort();
                detail = settings.address() + ":" + port + (settings.tls() == null ? ", plaintext" : ", TLS");
                listening = true;
                LOG.log(Level.INFO, "gRPC server listens on " + detail);
            } catch (IOException | RuntimeException e) {
                String why = "cannot listen on " + settings.address() + ":" + settings.port() + ": "
                        + (e.getCause() == null
                                ? e.getMessage()
                                : e.getMessage() + " (" + e.getCause().getMessage() + ")");
                if (!why.equals(detail)) {
                    LOG.log(Level.ERROR, "gRPC server " + why + "; tries again");
                }
                detail = why;
                ScheduledFuture<?> unused = timer.schedule(this::bind, BIND_RETRY_MILLIS, TimeUnit.MILLISECONDS);
            } finally {
                FastThreadLocal.removeAll();
            }
        }
    }

    private Server build(EventLoopGroup group) throws IOException {
        ServerSettings.Limits limits = settings.limits();
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getByName(settings.address()), settings.port()))
                .channelFactory(() -> new BoundedServerChannel(connections))
                .bossEventLoopGroup(group)
                .workerEventLoopGroup(group)
                .executor(sends)
                .maxInboundMessageSize(REQUEST_BYTES_MAX)
                .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION_MAX)
                .maxRstFramesPerWindow(RESETS_MAX, RESETS_MAX_SECONDS)
                .handshakeTimeout(10, TimeUnit.SECONDS)
                .permitKeepAliveTime(5, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(limits.keepAlive().toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(limits.keepAliveTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAge(limits.connectionAgeMax().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAgeGrace(limits.callLimit().toMillis(), TimeUnit.MILLISECONDS);
        addTo(builder);
        Reloaded<SslContext> files = ssl;
        if (files != null) {
            builder.sslContext(new ReloadingSslContext(files));
        }
        return builder.build();
    }

    /** The live flow; see {@link Transport.Link#offer}. */
    public void offer(Map<TopicName, List<LogEntry>> batch) {
        hub.offer(batch);
    }

    /** The live flow may have missed something. */
    public void doubt(String reason) {
        hub.doubt(reason);
    }

    /** How it is doing. */
    public Transport.ServerStatus status() {
        List<String> faults = new ArrayList<>();
        if (!listening && !detail.equals("stopped")) {
            faults.add("gRPC server: " + detail);
        }
        String unread = ssl == null ? null : ssl.fault();
        if (unread != null) {
            faults.add("gRPC server: " + unread);
        }
        return new Transport.ServerStatus(
                "grpc",
                listening,
                detail,
                Map.of(
                        "port", Integer.toString(port),
                        "streams", Integer.toString(hub.streams()),
                        "connections", Integer.toString(connections.open()),
                        "untakenBytes", Long.toString(callers.untaken())),
                hub.connected(),
                faults);
    }

    /** Ends all calls, then loops and threads; waits no longer than {@code limit}. May be called twice, and before a start. */
    public void stop(Duration limit) {
        Server running;
        EventLoopGroup group;
        synchronized (life) {
            if (stopped) {
                return;
            }
            stopped = true;
            running = server;
            group = loops;
            listening = false;
            detail = "stopped";
        }
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            if (running != null) {
                running.shutdown();
                hub.endAll(Status.UNAVAILABLE.withDescription("the source is being stopped"));
                // only calls that are answered right now are worth a wait
                if (!running.awaitTermination(Math.min(500, left(deadline)), TimeUnit.MILLISECONDS)) {
                    running.shutdownNow();
                    running.awaitTermination(left(deadline), TimeUnit.MILLISECONDS);
                }
            }
            timer.shutdownNow();
            for (ExecutorService pool : List.of(reads, sends, heads)) {
                pool.shutdown();
            }
            if (group != null) {
                group.shutdownGracefully(0, left(deadline), TimeUnit.MILLISECONDS)
                        .await(left(deadline), TimeUnit.MILLISECONDS);
                GlobalEventExecutor.INSTANCE.awaitInactivity(Math.min(2_000, left(deadline)), TimeUnit.MILLISECONDS);
            }
            for (ExecutorService pool : List.of(timer, reads, sends, heads)) {
                if (!pool.awaitTermination(left(deadline), TimeUnit.MILLISECONDS)) {
                    pool.shutdownNow();
                }
            }
        } catch (InterruptedException e) {
            List.of(timer, reads, sends, heads).forEach(ExecutorService::shutdownNow);
            Thread.currentThread().interrupt();
        } catch (IllegalStateException e) {
            // netty's global executor was never started: nothing of it to wait for
            LOG.log(Level.DEBUG, "nothing to wait for", e);
        } finally {
            FastThreadLocal.removeAll();
        }
        if (running != null) {
            LOG.log(Level.INFO, "gRPC server stopped");
        }
    }

    private static long left(long deadline) {
        return Math.max(1, (deadline - System.nanoTime()) / 1_000_000);
    }
}
