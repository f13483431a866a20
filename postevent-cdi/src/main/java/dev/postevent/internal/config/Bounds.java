package dev.postevent.internal.config;

import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the value of a key may be that is a number, a time or a size: the least and the greatest, which stand in the key and nowhere else.
 * Reads values by them, and tells them in faults and in {@code docs/configuration.md}. Immutable, and pure.
 */
public final class Bounds {
    /** Bytes in a KiB. */
    public static final long KIB = 1L << 10;
    /** Bytes in a MiB. */
    public static final long MIB = 1L << 20;
    /** Bytes in a GiB. */
    public static final long GIB = 1L << 30;
    /** Bytes in a TiB. */
    public static final long TIB = 1L << 40;

    private static final String UNLIMITED = "unlimited";
    private static final long SECOND_MILLIS = 1_000;

    private final Kind kind;
    /** What a number counts; empty: that needs no word. */
    private final String counted;

    private final long least;
    private final long greatest;
    private final boolean wholeSeconds;
    private final boolean orUnlimited;

    /** How a value is written, and what it is when it was read. */
    public enum Kind {
        /** A whole number. */
        NUMBER,
        /** A number. */
        FACTOR,
        /** A time with its unit, in milliseconds. */
        DURATION,
        /** Bytes with their unit. */
        SIZE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private Bounds(Kind kind, String counted, long least, long greatest, boolean wholeSeconds, boolean orUnlimited) {
        if (least > greatest) {
            throw new IllegalArgumentException(least + " is more than " + greatest);
        }
        this.kind = kind;
        this.counted = counted;
        this.least = least;
        this.greatest = greatest;
        this.wholeSeconds = wholeSeconds;
        this.orUnlimited = orUnlimited;
    }

    /** A whole number of something: rows, events. */
    public static Bounds number(String counted, long least, long greatest) {
        return new Bounds(Kind.NUMBER, counted, least, greatest, false, false);
    }

    /** A whole number. */
    public static Bounds number(long least, long greatest) {
        return number("", least, greatest);
    }

    /** A number. */
    static Bounds factor(long least, long greatest) {
        return new Bounds(Kind.FACTOR, "", least, greatest, false, false);
    }

    /** A time. */
    public static Bounds duration(Duration least, Duration greatest) {
        return new Bounds(Kind.DURATION, "", least.toMillis(), greatest.toMillis(), false, false);
    }

    /** Bytes. */
    public static Bounds size(long least, long greatest) {
        return new Bounds(Kind.SIZE, "", least, greatest, false, false);
    }

    /** The same for a time without parts of a second. */
    public Bounds inWholeSeconds() {
        return new Bounds(kind, counted, least, greatest, true, orUnlimited);
    }

    /** The same, or the word. */
    Bounds orUnlimited() {
        return new Bounds(kind, counted, least, greatest, wholeSeconds, true);
    }

    /**
     * What {@code text} says: a number, milliseconds or bytes; if that cannot be, a fault, and the value of {@code otherwise}.
     *
     * @param as what the caller takes it for
     * @param name the key, for the fault
     * @param otherwise the key's default
     */
    public long read(Kind as, String name, String text, String otherwise, Consumer<String> fault) {
        return value(as, name, checked(name, text, otherwise, fault));
    }

    /** As {@link #read}; empty for the word that says that there is no limit. */
    OptionalLong readLimit(Kind as, String name, String text, String otherwise, Consumer<String> fault) {
        String counts = checked(name, text, otherwise, fault);
        return counts.equals(UNLIMITED) ? OptionalLong.empty() : OptionalLong.of(value(as, name, counts));
    }

    /** As {@link #read}, for a number that may have a fraction. */
    double readFactor(String name, String text, String otherwise, Consumer<String> fault) {
        mustBe(Kind.FACTOR, name);
        return Double.parseDouble(checked(name, text, otherwise, fault));
    }

    /** Adds a fault if {@code text} cannot be. */
    public void check(String name, String text, Consumer<String> fault) {
        String unused = checked(name, text, text, fault);
    }

    private String checked(String name, String text, String otherwise, Consumer<String> fault) {
        String wrong = wrong(text);
        if (wrong == null) {
            return text;
        }
        fault.accept(name + " is '" + text + "', " + wrong);
        return otherwise;
    }

    private long value(Kind as, String name, String text) {
        mustBe(as, name);
        try {
            return switch (kind) {
                case NUMBER -> Long.parseLong(text);
                case FACTOR -> throw new IllegalArgumentException("it may have a fraction");
                case DURATION -> Quantity.DURATION.value(text);
                case SIZE -> Quantity.SIZE.value(text);
            };
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + " has the default '" + text + "', which is no " + kind, e);
        }
    }

    private void mustBe(Kind as, String name) {
        if (as != kind) {
            throw new IllegalArgumentException(name + " is no " + as + ", but a " + kind);
        }
    }

    private @Nullable String wrong(String text) {
        if (orUnlimited && text.equals(UNLIMITED)) {
            return null;
        }
        String wrong = switch (kind) {
            case NUMBER -> wrongNumber(text);
            case FACTOR -> wrongFactor(text);
            case DURATION -> Quantity.DURATION.wrong(text, least, greatest, wholeSeconds ? SECOND_MILLIS : 1);
            case SIZE -> Quantity.SIZE.wrong(text, least, greatest, 1);
        };
        if (wrong == null || !orUnlimited) {
            return wrong;
        }
        return wrong + (kind == Kind.NUMBER ? ", or '" + UNLIMITED + "'" : "; or write '" + UNLIMITED + "'");
    }

    private @Nullable String wrongNumber(String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= greatest) {
                return null;
            }
        } catch (NumberFormatException e) {
            // falls through to the fault: it says the same about a number out of bounds and no number at all
        }
        return "expected a whole number from " + least + " to " + greatest;
    }

    private @Nullable String wrongFactor(String text) {
        try {
            double number = Double.parseDouble(text);
            if (number >= least && number <= greatest) {
                return null;
            }
        } catch (NumberFormatException e) {
            // falls through to the fault: it says the same about a number out of bounds and no number at all
        }
        return "expected a number from " + least + " to " + greatest;
    }

    /** Unit and bounds, for a person: {@code duration, 1s to 1d, whole seconds}. */
    @Override
    public String toString() {
        String from = switch (kind) {
            case NUMBER, FACTOR -> (counted.isEmpty() ? "" : counted + ", ") + least + " to " + greatest;
            case DURATION -> kind + ", " + Quantity.DURATION.told(least) + " to " + Quantity.DURATION.told(greatest);
            case SIZE -> kind + ", " + Quantity.SIZE.told(least) + " to " + Quantity.SIZE.told(greatest);
        };
        return from + (wholeSeconds ? ", whole seconds" : "") + (orUnlimited ? ", or " + UNLIMITED : "");
    }
}
