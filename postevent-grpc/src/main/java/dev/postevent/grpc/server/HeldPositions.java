package dev.postevent.grpc.server;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Range;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What keeps remote consumers at a position. Of who holds it open they are told that somebody does; who it is (processes, applications,
 * prepared transactions of this side) is for this side's health and log. Of an entry that is too large for them they are told all.
 */
final class HeldPositions {
    /** What a consumer is told. */
    static final String OUTWARD = "somebody at the source, whose log and health say who (" + HeldPositions.CODE + ")";

    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final String CODE = "PSTEV35012";
    private static final String TOO_LARGE = "PSTEV35013";
    private static final long LONG_NANOS = 60_000_000_000L;

    private final LongSupplier nanoTime;
    // under the monitor
    private final Map<TopicName, Held> held = new HashMap<>();

    private final Map<TopicName, Large> large = new HashMap<>();

    /**
     * One position.
     *
     * @param since when a consumer came upon it first
     * @param seen when one did last
     * @param told in the log
     */
    private record Held(long position, String by, long since, long seen, boolean told) {
        @Override
        public String toString() {
            return "position " + position + " by " + by;
        }
    }

    /** An entry that a consumer did not get, and when one came upon it last. */
    private record Large(long position, int bytes, long seen) {
        @Override
        public String toString() {
            return "position " + position + " (" + bytes + " bytes)";
        }
    }

    /** Makes it; {@code nanoTime} as {@link System#nanoTime()}. */
    HeldPositions(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** What a consumer that read {@code range} is told about who holds up the rest; null: nobody does. */
    synchronized @Nullable String outward(TopicName topic, Range range) {
        String by = range.blocker();
        Held before = held.get(topic);
        if (by == null) {
            if (before != null && range.settledThrough() >= before.position()) {
                held.remove(topic);
            }
            return null;
        }
        long now = nanoTime.getAsLong();
        long position = range.settledThrough() + 1;
        Held same = before != null && before.position() == position ? before : null;
        long since = same == null ? now : same.since();
        boolean told = same != null && same.told();
        if (!told && now - since >= LONG_NANOS) {
            told = true;
            LOG.log(
                    Level.WARNING,
                    CODE + ": topic " + topic + ": remote consumers have waited for position " + position
                            + " for more than a minute; it is held open by " + by);
        }
        held.put(topic, new Held(position, by, since, now, told));
        return OUTWARD;
    }

    /** What a consumer is told that {@code entry} is too large for, and the log where it has not been yet. */
    String tooLarge(TopicName topic, LogEntry entry, MessageLimit limit) {
        int bytes = MessageLimit.size(entry);
        String text = tooLarge(entry.position()) + ": it has " + bytes + " bytes, at most " + limit.bytesMax()
                + " are taken. Raise postevent.grpc.client.message-size-max of the consumer above that, or make the row smaller at"
                + " the source (update its data)";
        synchronized (this) {
            large.put(topic, new Large(entry.position(), bytes, nanoTime.getAsLong()));
        }
        RationedLog.OF_CALLS.warn(
                TOO_LARGE + " " + topic, "topic " + topic + ": a remote consumer stands still: " + text, null);
        return text;
    }

    /** The same in short. */
    static String tooLarge(long position) {
        return "the entry at position " + position + " is larger than a message that the consumer takes (" + TOO_LARGE
                + ")";
    }

    /** For health: what consumers came upon within the last minute. */
    synchronized Map<String, String> facts() {
        long now = nanoTime.getAsLong();
        Map<String, String> facts = new TreeMap<>();
        held.forEach((topic, position) -> {
            if (now - position.seen() < LONG_NANOS) {
                facts.put("held." + topic, position.toString());
            }
        });
        large.forEach((topic, entry) -> {
            if (now - entry.seen() < LONG_NANOS) {
                facts.put("too_large." + topic, entry.toString());
            }
        });
        return facts;
    }
}
