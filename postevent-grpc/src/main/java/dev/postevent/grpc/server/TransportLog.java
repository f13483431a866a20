package dev.postevent.grpc.server;

import dev.postevent.internal.worker.Printable;
import java.util.List;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * gRPC logs what a client does wrong (a message that is too large, one that ends in the middle, a stream that is gone) with a stack trace
 * that says where in gRPC it was noticed. Here it is one line. It logs by {@code java.util.logging} and offers no other place to
 * decide this; in the packaged JAR its loggers are ours alone.
 */
final class TransportLog {
    /** Kept, as the logging system forgets loggers that nobody holds. */
    private static final List<Logger> LOGGERS = List.of(
            Logger.getLogger("io.grpc.netty.NettyServerHandler"), Logger.getLogger("io.grpc.netty.NettyServerStream"));

    private static final int TEXT_MAX = 1_000;

    private TransportLog() {}

    /** From now on; what somebody else has set stays. */
    static void oneLineEach() {
        for (Logger logger : LOGGERS) {
            if (logger.getFilter() == null) {
                logger.setFilter(TransportLog::withoutTrace);
            }
        }
    }

    private static boolean withoutTrace(LogRecord line) {
        Throwable thrown = line.getThrown();
        if (thrown != null) {
            line.setThrown(null);
            // the cause may repeat what the client sent
            line.setMessage(line.getMessage() + ": " + Printable.line(thrown.toString(), TEXT_MAX));
        }
        return true;
    }
}
