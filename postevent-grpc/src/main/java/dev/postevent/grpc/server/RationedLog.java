package dev.postevent.grpc.server;

import dev.postevent.internal.text.Printable;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lines that callers can bring about as often as they like: of each kind one a minute, with how many were left unsaid. There are only so
 * many kinds at a time; all beyond that share one.
 */
final class RationedLog {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final long INTERVAL_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int KINDS_MAX = 32;
    private static final int TEXT_MAX = 1_000;
    /** Beyond that number; no line is empty. */
    private static final String OTHERS = "";

    /** Of all servers of this JVM. */
    static final RationedLog OF_CALLS =
            new RationedLog(System::nanoTime, (text, thrown) -> LOG.log(Level.WARNING, text, thrown));

    private final LongSupplier nanoTime;
    private final BiConsumer<String, @Nullable Throwable> log;
    // under the monitor, as are the fields of kinds
    private final Map<String, Kind> kinds = new HashMap<>();

    /** Lines of one kind. */
    private static final class Kind {
        private final String text;
        private long said;
        private long unsaid;

        private Kind(String text, long now) {
            this.text = text;
            this.said = now;
        }
    }

    /** Makes it; {@code nanoTime} as {@link System#nanoTime()}. */
    RationedLog(LongSupplier nanoTime, BiConsumer<String, @Nullable Throwable> log) {
        this.nanoTime = nanoTime;
        this.log = log;
    }

    /** A warning; what was thrown is of the same kind if its class is, whatever it says. */
    void warn(String text, Throwable thrown) {
        warn(text + " " + thrown.getClass().getName(), text, thrown);
    }

    /** A warning of a kind; callers have no say in what is a kind. Throws nothing. */
    void warn(String kind, String text, @Nullable Throwable thrown) {
        try {
            String line = line(kind, text);
            if (line != null) {
                log.accept(line, thrown);
            }
        } catch (RuntimeException | Error e) {
            // a log that fails is no reason to lose a caller's place, and there is nobody else to be told
        }
    }

    /** What to write for a line of this kind; null: nothing now. */
    synchronized @Nullable String line(String kind, String text) {
        String printable = Printable.line(text, TEXT_MAX);
        long now = nanoTime.getAsLong();
        String counted = kinds.containsKey(kind) || kinds.size() < KINDS_MAX ? kind : OTHERS;
        Kind known = kinds.get(counted);
        if (known == null) {
            kinds.put(counted, new Kind(printable, now));
            return printable;
        }
        if (now - known.said < INTERVAL_NANOS) {
            known.unsaid++;
            return null;
        }
        String line = printable + unsaid(known);
        known.said = now;
        known.unsaid = 0;
        return line;
    }

    private static String unsaid(Kind kind) {
        return kind.unsaid == 0 ? "" : " (" + kind.unsaid + " more of the kind were left unsaid since the last one)";
    }

    /** To be called now and then: says how many were left unsaid where no further one came, and forgets kinds that are over. */
    void tellUnsaid() {
        for (String line : overdue()) {
            log.accept(line, null);
        }
    }

    private synchronized List<String> overdue() {
        long now = nanoTime.getAsLong();
        List<String> lines = new ArrayList<>();
        for (Iterator<Kind> each = kinds.values().iterator(); each.hasNext(); ) {
            Kind kind = each.next();
            if (now - kind.said < INTERVAL_NANOS) {
                continue;
            }
            if (kind.unsaid == 0) {
                each.remove();
            } else {
                lines.add(kind.text + unsaid(kind));
                kind.said = now;
                kind.unsaid = 0;
            }
        }
        return lines;
    }
}
