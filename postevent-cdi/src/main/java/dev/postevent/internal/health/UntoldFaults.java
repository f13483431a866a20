package dev.postevent.internal.health;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.function.Consumer;

/**
 * Puts into the log what a check keeps to itself: nobody would find it otherwise. A fault that is told again with other numbers (a time,
 * a position) is the same one, so that checks that come every second do not fill the log.
 */
final class UntoldFaults {
    private static final System.Logger LOG = System.getLogger("dev.postevent");
    private static final int TEXT_MAX = 4_000;

    private final Consumer<String> log;
    private List<String> known = List.of();

    UntoldFaults() {
        this(line -> LOG.log(Level.WARNING, line));
    }

    UntoldFaults(Consumer<String> log) {
        this.log = log;
    }

    /** What is wrong at this moment; empty: nothing. */
    synchronized void are(String application, List<String> faults) {
        List<String> kinds =
                faults.stream().map(fault -> fault.replaceAll("\\d+", "#")).toList();
        if (kinds.equals(known)) {
            return;
        }
        known = kinds;
        log.accept("health of postevent " + application + ": "
                + (faults.isEmpty() ? "the faults are over" : line(String.join("; ", faults))));
    }

    private static String line(String faults) {
        // a database's message may have several lines
        String text = faults.replaceAll("[\\p{Cntrl}\\s]+", " ");
        return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "…";
    }
}
