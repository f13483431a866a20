package dev.postevent.internal.health;

import dev.postevent.internal.text.Printable;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Puts into the log what the checks keep to themselves: nobody would find it otherwise.
 *
 * <p>A fault that is told again with other numbers (a time, a position, a count) is the same one, so that the log is not filled as time goes
 * on. Digits of a name or a code (a topic, a host, whatever is quoted, an SQLSTATE) are no number: another one of those is another fault.
 */
public final class UntoldFaults {
    private static final System.Logger LOG = System.getLogger("dev.postevent");
    private static final int TEXT_MAX = 4_000;

    private static final Pattern NUMBER = Pattern.compile("""
            (?x)
            (?<! SQLSTATE\\s )
            (?<! [\\p{L}\\p{N}_.:/'"-] )                        # within a word, or quoted
            (?! \\d{1,3} (?: \\.\\d{1,3} ){3} )                 # an IP address
            (?: \\d{4}-\\d\\d-\\d\\d (?: [T\\ ] \\d\\d:\\d\\d (?: :\\d\\d (?: \\.\\d+ )? )? )? (?: Z | [+-]\\d\\d (?: :?\\d\\d )? )?
              | [0-9A-F]+ / [0-9A-F]+                         # a place in the WAL
              | \\d+ (?: [.,:-]\\d+ )* (?: ns | ms | s | min | h | d | B | kB | MB | MiB )? )
            (?! [\\p{L}\\p{N}_/'"-] | [.:,]\\d )
            """);

    private final String application;
    private final Consumer<String> log;
    private Set<String> known = Set.of();

    /** Of one application. */
    public UntoldFaults(String application) {
        this(application, line -> LOG.log(Level.WARNING, line));
    }

    UntoldFaults(String application, Consumer<String> log) {
        this.application = application;
        this.log = log;
    }

    /** What is wrong at this moment; empty: nothing. */
    public synchronized void are(List<String> faults) {
        Set<String> kinds = faults.stream().map(UntoldFaults::kind).collect(Collectors.toSet());
        if (kinds.equals(known)) {
            return;
        }
        known = kinds;
        log.accept("health of postevent " + application + ": "
                + (faults.isEmpty() ? "the faults are over" : Printable.line(String.join("; ", faults), TEXT_MAX)));
    }

    private static String kind(String fault) {
        return NUMBER.matcher(Printable.line(fault, TEXT_MAX)).replaceAll("#");
    }
}
