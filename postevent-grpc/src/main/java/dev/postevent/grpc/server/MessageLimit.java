package dev.postevent.grpc.server;

import dev.postevent.grpc.wire.Wire;
import dev.postevent.spi.LogEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The largest message that a caller takes. It is looked at here, because of a larger one gRPC would tell the caller a size, and nobody
 * which entry it was.
 */
record MessageLimit(int bytesMax) {
    /** Tags and lengths of what is around an entry. */
    private static final int AROUND = 64;

    static boolean isValid(int asked) {
        return asked == 0 || asked >= Wire.MESSAGE_BYTES_LEAST;
    }

    /** As the caller says; 0: it says nothing. */
    static MessageLimit of(int asked) {
        return new MessageLimit(asked == 0 ? Wire.MESSAGE_BYTES_LEAST : asked);
    }

    /** The first that no message can have; null: there is none. */
    @Nullable
    LogEntry firstTooLarge(List<LogEntry> entries) {
        for (LogEntry entry : entries) {
            if (!takes(entry)) {
                return entry;
            }
        }
        return null;
    }

    boolean takes(LogEntry entry) {
        // a message has less than twice what an entry weighs; only of what may be too large it is made to be measured
        return 2L * entry.weight() <= bytesMax || size(entry) <= bytesMax;
    }

    /** Bytes of a message with this entry alone. */
    static int size(LogEntry entry) {
        return AROUND + Wire.encode(entry).getSerializedSize();
    }
}
