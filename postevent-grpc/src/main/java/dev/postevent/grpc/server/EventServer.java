package dev.postevent.grpc.server;

import com.nimbusds.jose.jwk.JWKSet;
import dev.postevent.PosteventException;
import dev.postevent.grpc.files.Reloaded;
import dev.postevent.internal.threads.OwnPool;
import dev.postevent.internal.threads.UnlessUnderWay;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
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
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The server of one application: its own port, its own event loops, threads of the application's factory.
 *
 * <p>Who runs where: netty's loops move bytes; {@code sends} makes messages and takes calls in; {@code reads} waits for the database,
 * where each principal has its share of threads and queue; {@code heads} asks for the heads that heartbeats carry; {@code checks} looks at
 * tokens and certificates, in handshakes, too, and at what ends with them; {@code looks} at files and permissions; {@code timer} has
 * others do what is due. So neither a slow database nor a slow client holds up heartbeats or other clients. Each queue is bounded:
 * {@code sends} by one task per call, {@code heads} by one per topic, {@code checks} by a few per connection and one per stream.
 *
 * <p>Longer than most: it alone makes all of these, from one configuration, and ends them in one order.
 */
public final class EventServer {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final long BIND_RETRY_MILLIS = 5_000;
    private static final long LOOK_MILLIS = 1_000;
    private static final int REQUEST_BYTES_MAX = 65_536;
    private static final int CALLS_PER_CONNECTION_MAX = 256;
    /** Far more than a client has calls to take back; whoever begins calls only for that has its connection ended. */
    private static final int RESETS_MAX = 1_000;

    private static final int RESETS_MAX_SECONDS = 30;
    private static final int SENDERS = 2;
    /** Of one principal. */
    private static final int READS_WAITING_PER_THREAD = 16;

    private final ServerSettings settings;
    private final ThreadFactory threads;
    private final LiveHub hub;
    private final ScheduledThreadPoolExecutor timer;
    private final OwnPool reads;
    private final Shares shares;
    private final OwnPool sends;
    private final OwnPool heads;
    private final OwnPool checks;
    private final Shares kinds;
    private final OwnPool looks;
    private final ServerServiceDefinition service;
    private final Callers callers;
    private final Connections connections;
    private final HeldPositions held = new HeldPositions(System::nanoTime);
    private final Reloaded<ServerSettings.Allowed> allowed;
    private final @Nullable Reloaded<SslContext> ssl;
    private final @Nullable Reloaded<ClientTrust> trust;
    private final @Nullable Reloaded<JWKSet> keys;
    /** All that is read again while the server runs. */
    private final List<Reloaded<?>> reloaded;

    /** On a thread of its own: neither those who read nor a disk that is away may defer more than it. */
    private final UnlessUnderWay looking;
    /** And not all streams were looked at since; of whoever looks. */
    private boolean changed;

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
        this(settings, threads, log, marks, Clock.systemUTC());
    }

    /** With another clock, which says what has expired. */
    EventServer(ServerSettings settings, ThreadFactory threads, EventLog log, Transport.Marks marks, Clock clock) {
        this.settings = settings;
        this.threads = named(threads);
        TransportLog.oneLineEach();
        int readers = settings.limits().readsMax();
        this.timer = new ScheduledThreadPoolExecutor(1, this.threads);
        timer.setRemoveOnCancelPolicy(true);
        this.reads = pool(readers, new LinkedBlockingQueue<>());
        this.shares = new Shares(reads, readers, readers * READS_WAITING_PER_THREAD);
        this.sends = pool(SENDERS, new LinkedBlockingQueue<>());
        this.heads = pool(1, new LinkedBlockingQueue<>());
        this.hub = new LiveHub(log, heads);
        this.checks = pool(1, new LinkedBlockingQueue<>());
        // each kind is bounded by connections and streams; none waits for all that is in front of it of another kind
        this.kinds = new Shares(checks, 1, Integer.MAX_VALUE);
        this.looks = pool(1, new LinkedBlockingQueue<>());
        this.looking = new UnlessUnderWay(
                looks,
                this::look,
                e -> LOG.log(Level.WARNING, "what lets callers in cannot be looked at, will be tried again", e));
        ServerSettings.Limits limits = settings.limits();
        this.callers = new Callers(limits);
        this.connections = new Connections(limits.connectionsMax());
        this.allowed = new Reloaded<>(
                "who may do what (postevent.grpc.server.allow...)", settings.allowed(), settings.allowed());
        ServerSettings.Tls tls = settings.tls();
        this.ssl = tls == null
                ? null
                : Reloaded.ofFiles(() -> sslContext(tls), tls.certificate(), tls.key(), tls.clientCa());
        this.trust = trust(tls, clock);
        ServerSettings.Token token = settings.token();
        this.keys = token == null ? null : Reloaded.ofFiles(() -> KeyFile.read(token), token.publicKey(), token.jwks());
        List<Reloaded<?>> all = new ArrayList<>(List.of(allowed));
        if (ssl != null) {
            all.add(ssl);
        }
        if (trust != null) {
            all.add(trust);
        }
        if (keys != null) {
            all.add(keys);
        }
        this.reloaded = List.copyOf(all);
        reloaded.forEach(Reloaded::look);
        this.service = ServerInterceptors.intercept(
                new CallLimits(callers, timer, limits.callLimit())
                        .before(new TopicCalls(
                                log,
                                marks,
                                hub,
                                held,
                                new Permissions(allowed),
                                limits,
                                new Workers(shares, sends, kinds.of("streams"), timer, clock))),
                new Authentication(
                        checkedTokens(token, keys, kinds.of("tokens"), clock),
                        trust == null ? null : new CheckedCertificates(trust, kinds.of("certificates"), clock)));
    }

    private static @Nullable Reloaded<ClientTrust> trust(ServerSettings.@Nullable Tls tls, Clock clock) {
        Path ca = tls == null ? null : tls.clientCa();
        if (tls == null || ca == null) {
            return null;
        }
        return Reloaded.ofFiles(() -> ClientTrust.read(ca, tls.clientCrl(), clock), ca, tls.clientCrl());
    }

    private static @Nullable CheckedTokens checkedTokens(
            ServerSettings.@Nullable Token token, @Nullable Reloaded<JWKSet> keys, Executor checks, Clock clock) {
        return token == null || keys == null
                ? null
                : new CheckedTokens(new TokenCheck(token, keys::current, clock), keys, checks, clock);
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

    private OwnPool pool(int size, java.util.concurrent.BlockingQueue<Runnable> queue) {
        return new OwnPool(size, queue, threads);
    }

    /** On the timer, which makes its own threads up. What waits for a thread that could not be had would wait for ever. */
    private void lookLater() {
        try {
            for (OwnPool pool : List.of(reads, sends, heads, checks, looks)) {
                pool.makeUpForAMissingThread();
            }
            shares.beginWaiting();
            kinds.beginWaiting();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.WARNING, "no thread can be had, will be tried again", e);
        }
        looking.request();
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
            Path clientCa = tls.clientCa();
            if (clientCa != null) {
                ClientTrust unused = ClientTrust.read(clientCa, tls.clientCrl(), Clock.systemUTC());
            }
        }
        ServerSettings.Token token = settings.token();
        if (token != null) {
            JWKSet unused = KeyFile.read(token);
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
        builder.addService(service).addStreamTracerFactory(new Resets()).addTransportFilter(new Gate.PerConnection());
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
        unused = timer.scheduleWithFixedDelay(this::lookLater, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        timer.execute(this::bind);
    }

    /** For changes of what lets callers in, and for what the log has not told yet. */
    private void look() {
        for (Reloaded<?> each : reloaded) {
            changed |= each.look();
        }
        if (changed) {
            hub.checkAdmissions();
            changed = false;
        }
        RationedLog.OF_CALLS.tellUnsaid();
    }

    private void beat() {
        try {
            hub.beat();
        } catch (RuntimeException | Error e) {
            // a timer ends a task that throws, and silence means "dead" to all clients
            LOG.log(Level.WARNING, "a heartbeat failed", e);
        }
    }

    private void bind() {
        synchronized (life) {
            if (stopped || server != null) {
                return;
            }
            try {
                EventLoopGroup group = loops;
                if (group == null) {
                    group = new MultiThreadIoEventLoopGroup(2, threads, NioIoHandler.newFactory());
                    loops = group;
                }
                Server made = build(group).start();
                server = made;
                port = made.getPort();
                detail = settings.address() + ":" + port + (settings.tls() == null ? ", plaintext" : ", TLS");
                listening = true;
                LOG.log(Level.INFO, "gRPC server listens on " + detail);
            } catch (IOException | RuntimeException | Error e) {
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
        Reloaded<SslContext> files = ssl;
        ServerCredentials credentials = files == null
                ? InsecureServerCredentials.create()
                : Handshakes.on(kinds.of("handshakes"), new ReloadingSslContext(files));
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getByName(settings.address()), settings.port()), credentials)
                .channelFactory(() -> new BoundedServerChannel(connections))
                .bossEventLoopGroup(group)
                .workerEventLoopGroup(group)
                .executor(sends)
                .maxInboundMessageSize(REQUEST_BYTES_MAX)
                .flowControlWindow(2 * REQUEST_BYTES_MAX)
                .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION_MAX)
                .maxRstFramesPerWindow(RESETS_MAX, RESETS_MAX_SECONDS)
                .handshakeTimeout(10, TimeUnit.SECONDS)
                .permitKeepAliveTime(5, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(limits.keepAlive().toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(limits.keepAliveTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionIdle(limits.connectionIdleMax().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAge(limits.connectionAgeMax().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAgeGrace(limits.callLimit().toMillis(), TimeUnit.MILLISECONDS);
        addTo(builder);
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
        for (Reloaded<?> each : reloaded) {
            String unread = each.fault();
            if (unread != null) {
                faults.add("gRPC server: " + unread);
            }
        }
        String outdated = trust == null ? null : trust.current().fault();
        if (outdated != null) {
            faults.add("gRPC server: " + outdated);
        }
        return Transport.ServerStatus.of("grpc", listening, detail)
                .withFacts(facts())
                .withConnected(hub.connected())
                .withFaults(faults);
    }

    private Map<String, String> facts() {
        Map<String, String> facts = new TreeMap<>(held.facts());
        facts.put("port", Integer.toString(port));
        facts.put("streams", Integer.toString(hub.streams()));
        facts.put("connections", Integer.toString(connections.open()));
        facts.put("untaken_bytes", Long.toString(callers.untaken()));
        facts.put("reads_waiting", Integer.toString(shares.waiting()));
        return facts;
    }

    /**
     * Ends all calls, then loops and threads; waits no longer than {@code limit}. May be called twice, and before a start.
     * A thread that Netty keeps for all its loops ends by itself, about a second later.
     */
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
                hub.endAll(Refusals.STOPPED);
                // only calls that are answered right now are worth a wait
                if (!running.awaitTermination(Math.min(500, left(deadline)), TimeUnit.MILLISECONDS)) {
                    running.shutdownNow();
                    running.awaitTermination(left(deadline), TimeUnit.MILLISECONDS);
                }
            }
            timer.shutdownNow();
            for (ExecutorService pool : List.of(reads, sends, heads, checks, looks)) {
                pool.shutdown();
            }
            if (group != null) {
                group.shutdownGracefully(0, left(deadline), TimeUnit.MILLISECONDS)
                        .await(left(deadline), TimeUnit.MILLISECONDS);
            }
            for (ExecutorService pool : List.of(timer, reads, sends, heads, checks, looks)) {
                if (!pool.awaitTermination(left(deadline), TimeUnit.MILLISECONDS)) {
                    pool.shutdownNow();
                }
            }
        } catch (InterruptedException e) {
            List.of(timer, reads, sends, heads, checks, looks).forEach(ExecutorService::shutdownNow);
            Thread.currentThread().interrupt();
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
