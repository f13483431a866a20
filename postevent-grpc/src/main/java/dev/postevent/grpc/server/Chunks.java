package dev.postevent.grpc.server;

import dev.postevent.grpc.v1.Entries;
import dev.postevent.grpc.wire.Wire;
import dev.postevent.spi.LogEntry;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Cuts entries into messages: small enough that one is no burden, large enough that there are not many. */
final class Chunks {
    private static final int ENTRIES_MAX = 512;
    private static final int WEIGHT_MAX = 256 * 1024;

    private Chunks() {}

    /** Takes the entries of the next message off the front; at least one, whatever its size. */
    static List<LogEntry> take(Deque<LogEntry> from) {
        List<LogEntry> chunk = new ArrayList<>();
        long weight = 0;
        while (!from.isEmpty() && chunk.size() < ENTRIES_MAX) {
            int next = from.getFirst().weight();
            if (!chunk.isEmpty() && weight + next > WEIGHT_MAX) {
                break;
            }
            weight += next;
            chunk.add(from.removeFirst());
        }
        return chunk;
    }

    static Entries message(List<LogEntry> chunk) {
        Entries.Builder message = Entries.newBuilder();
        chunk.forEach(entry -> message.addEntries(Wire.encode(entry)));
        return message.build();
    }
}
