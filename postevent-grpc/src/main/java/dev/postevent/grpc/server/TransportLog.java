package dev.postevent.grpc.server;

import dev.postevent.internal.text.Printable;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * gRPC logs what a client does wrong (a message that is too large, one that ends in the middle, a stream that is gone, a connection that
 * is none of TLS) with a stack trace that says where in gRPC it was noticed. Here it is one line, and one a minute of each kind: whoever
 * reaches the port can bring them about. It logs by {@code java.util.logging} and offers no other place to decide this; in the
 * packaged JAR its loggers are ours alone.
 */
final class TransportLog {
    /** Kept, as the logging system forgets loggers that nobody holds. */
    private static final List<Logger> LOGGERS = List.of(
            Logger.getLogger("io.grpc.netty.NettyServerHandler"),
            Logger.getLogger("io.grpc.netty.NettyServerStream"),
            Logger.getLogger("io.grpc.netty.NettyServerTransport.connections"));

    private static final int TEXT_MAX = 1_000;

    private TransportLog() {}

    /** From now on; what somebody else has set stays. */
    static void oneLineEach() {
        for (Logger logger : LOGGERS) {
            if (logger.getFilter() == null) {
                logger.setFilter(TransportLog::isToldInOneLine);
            }
        }
    }

    /** What is finer than the level at which servers log unasked is for somebody who asked for it. */
    private static boolean isToldInOneLine(LogRecord record) {
        Throwable thrown = record.getThrown();
        String said = String.valueOf(record.getMessage());
        // the cause may repeat what the client sent
        String text = Printable.line(thrown == null ? said : said + ": " + thrown, TEXT_MAX);
        if (record.getLevel().intValue() >= Level.INFO.intValue()) {
            String kind = record.getLoggerName() + " " + said + " "
                    + (thrown == null ? "" : thrown.getClass().getName());
            text = RationedLog.OF_CALLS.line(kind, text);
        }
        if (text != null) {
            record.setThrown(null);
            record.setMessage(text);
        }
        return text != null;
    }
}
