package dev.postevent.grpc.server;

import dev.postevent.PosteventException;
import dev.postevent.internal.threads.UnlessUnderWay;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The server of one application: its own port, its own event loops, threads of the application's factory. It puts together the {@link
 * ServerThreads}, the {@link ServerPort}, what lets callers in ({@link AdmissionFiles}) and what they get ({@link TopicCalls}), and
 * ends them in one order.
 */
public final class EventServer {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final long LOOK_MILLIS = 1_000;
    private static final int REQUEST_BYTES_MAX = 65_536;
    private static final int CALLS_PER_CONNECTION_MAX = 256;
    /** Far more than a client has calls to take back; whoever begins calls only for that has its connection ended. */
    private static final int RESETS_MAX = 1_000;

    private static final int RESETS_MAX_SECONDS = 30;
    /** For those who are answered right now; others are not worth a wait. */
    private static final long ANSWER_MILLIS = 500;

    private final ServerSettings settings;
    private final ServerThreads threads;
    private final AdmissionFiles admission;
    private final LiveHub hub;
    private final Callers callers;
    private final Connections connections;
    private final HeldPositions held = new HeldPositions(System::nanoTime);
    private final ServerServiceDefinition service;
    private final ServerPort port;
    /** On a thread of its own: neither those who read nor a disk that is away may defer more than it. */
    private final UnlessUnderWay looking;

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
    EventServer(ServerSettings settings, ThreadFactory factory, EventLog log, Transport.Marks marks, Clock clock) {
        TransportLog.oneLineEach();
        ServerSettings.Limits limits = settings.limits();
        this.settings = settings;
        this.threads = new ServerThreads(factory, limits.readsMax());
        this.hub = new LiveHub(log, threads.heads());
        this.looking = new UnlessUnderWay(
                threads.looks(),
                this::look,
                e -> LOG.log(Level.WARNING, "what lets callers in cannot be looked at, will be tried again", e));
        this.callers = new Callers(limits);
        this.connections = new Connections(limits.connections().max());
        this.admission = new AdmissionFiles(settings, clock);
        this.port = new ServerPort(settings, threads, this::build);
        this.service = ServerInterceptors.intercept(
                new CallLimits(callers, threads.timer(), limits.callLimit())
                        .before(new TopicCalls(
                                log, marks, hub, held, admission.permissions(), limits, threads.workers(clock))),
                admission.authentication(threads));
    }

    /**
     * Reads certificates and keys, as a check at deployment.
     *
     * @throws PosteventException naming the file that is wrong
     */
    public static void check(ServerSettings settings) {
        AdmissionFiles.check(settings);
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
        ScheduledFuture<?> unused =
                threads.timer().scheduleWithFixedDelay(this::beat, beat, beat, TimeUnit.MILLISECONDS);
        unused = threads.timer()
                .scheduleWithFixedDelay(this::lookLater, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        threads.timer().execute(port::bind);
    }

    private void lookLater() {
        threads.makeUpForMissing();
        looking.request();
    }

    /** For changes of what lets callers in, and for what the log has not told yet. */
    private void look() {
        admission.look(hub::checkAdmissions);
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

    private Server build(EventLoopGroup group) throws IOException {
        ServerSettings.Limits limits = settings.limits();
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getByName(settings.address()), settings.port()),
                        admission.credentials(threads))
                .channelFactory(() -> new BoundedServerChannel(connections))
                .bossEventLoopGroup(group)
                .workerEventLoopGroup(group)
                .executor(threads.sends())
                .maxInboundMessageSize(REQUEST_BYTES_MAX)
                .flowControlWindow(2 * REQUEST_BYTES_MAX)
                .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION_MAX)
                .maxRstFramesPerWindow(RESETS_MAX, RESETS_MAX_SECONDS)
                .handshakeTimeout(10, TimeUnit.SECONDS)
                .permitKeepAliveTime(5, TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true)
                .keepAliveTime(limits.connections().keepAlive().toMillis(), TimeUnit.MILLISECONDS)
                .keepAliveTimeout(limits.connections().keepAliveTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionIdle(limits.connections().idleMax().toMillis(), TimeUnit.MILLISECONDS)
                .maxConnectionAge(limits.connections().ageMax().toMillis(), TimeUnit.MILLISECONDS)
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
        String unheard = port.fault();
        if (unheard != null) {
            faults.add("gRPC server: " + unheard);
        }
        admission.faults().forEach(fault -> faults.add("gRPC server: " + fault));
        return Transport.ServerStatus.of("grpc", port.isListening(), port.detail())
                .withFacts(facts())
                .withConnected(hub.connected())
                .withFaults(faults);
    }

    private Map<String, String> facts() {
        Map<String, String> facts = new TreeMap<>(held.facts());
        facts.put("port", Integer.toString(port.number()));
        facts.put("streams", Integer.toString(hub.streams()));
        facts.put("connections", Integer.toString(connections.open()));
        facts.put("untaken_bytes", Long.toString(callers.untaken()));
        facts.put("reads_waiting", Integer.toString(threads.readsWaiting()));
        return facts;
    }

    /**
     * Ends all calls, then loops and threads; waits no longer than {@code limit}. May be called twice, and before a start.
     * A thread that Netty keeps for all its loops ends by itself, about a second later.
     */
    public void stop(Duration limit) {
        ServerPort.Ended ended = port.end();
        if (ended == null) {
            return;
        }
        Deadline deadline = Deadline.in(limit);
        Server running = ended.server();
        EventLoopGroup group = ended.loops();
        try {
            if (running != null) {
                endCalls(running, deadline);
            }
            threads.end();
            if (group != null) {
                group.shutdownGracefully(0, deadline.leftMillis(), TimeUnit.MILLISECONDS)
                        .await(deadline.leftMillis(), TimeUnit.MILLISECONDS);
            }
            threads.awaitEnd(deadline);
        } catch (InterruptedException e) {
            threads.endNow();
            Thread.currentThread().interrupt();
        } finally {
            FastThreadLocal.removeAll();
        }
        if (running != null) {
            LOG.log(Level.INFO, "gRPC server stopped");
        }
    }

    private void endCalls(Server running, Deadline deadline) throws InterruptedException {
        running.shutdown();
        hub.endAll(Refusals.STOPPED);
        if (!running.awaitTermination(Math.min(ANSWER_MILLIS, deadline.leftMillis()), TimeUnit.MILLISECONDS)) {
            running.shutdownNow();
            running.awaitTermination(deadline.leftMillis(), TimeUnit.MILLISECONDS);
        }
    }
}
