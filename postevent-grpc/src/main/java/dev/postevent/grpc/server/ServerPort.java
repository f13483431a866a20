package dev.postevent.grpc.server;

import io.grpc.Server;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.FastThreadLocal;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The port of a server: whether it listens, and until it does, the tries. Any thread; its monitor is its own. */
final class ServerPort {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final long BIND_RETRY_MILLIS = 5_000;
    private static final String STOPPED = "stopped";

    private final ServerSettings settings;
    private final ServerThreads threads;
    private final Building building;

    // under the monitor
    private boolean stopped;
    private @Nullable Server server;
    private @Nullable EventLoopGroup loops;

    // written under the monitor, read without
    private volatile String detail = "not started yet";
    private volatile boolean listening;
    private volatile int port = -1;

    /** Makes what listens. */
    interface Building {
        Server build(EventLoopGroup group) throws IOException;
    }

    /**
     * What a stop has to end.
     *
     * @param server null: it did not listen yet
     * @param loops null: none were needed yet
     */
    record Ended(@Nullable Server server, @Nullable EventLoopGroup loops) {}

    ServerPort(ServerSettings settings, ServerThreads threads, Building building) {
        this.settings = settings;
        this.threads = threads;
        this.building = building;
    }

    /** Begins to listen, unless it is stopped or does so; where that fails, is called again by the timer. */
    synchronized void bind() {
        if (stopped || server != null) {
            return;
        }
        try {
            EventLoopGroup group = loops;
            if (group == null) {
                group = new MultiThreadIoEventLoopGroup(2, threads.factory(), NioIoHandler.newFactory());
                loops = group;
            }
            Server made = building.build(group).start();
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
            ScheduledFuture<?> unused = threads.timer().schedule(this::bind, BIND_RETRY_MILLIS, TimeUnit.MILLISECONDS);
        } finally {
            FastThreadLocal.removeAll();
        }
    }

    /** Never listens from now on; null: it was ended before. The caller ends what there is. */
    synchronized @Nullable Ended end() {
        if (stopped) {
            return null;
        }
        stopped = true;
        listening = false;
        detail = STOPPED;
        return new Ended(server, loops);
    }

    boolean isListening() {
        return listening;
    }

    /** Where it listens, or why not. */
    String detail() {
        return detail;
    }

    /** Why it does not listen although it should; null: it does, or was stopped. */
    @Nullable
    String fault() {
        String why = detail;
        return listening || why.equals(STOPPED) ? null : why;
    }

    /** -1: it never listened. */
    int number() {
        return port;
    }
}
