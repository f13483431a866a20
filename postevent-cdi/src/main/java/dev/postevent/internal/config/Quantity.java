package dev.postevent.internal.config;

import java.math.BigInteger;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How times and sizes are written as values of keys: a whole number and its unit, without a space ({@code 200ms}, {@code 16MiB}); a time
 * also as ISO 8601 has it ({@code PT30S}). A number alone is refused: nobody sees from it what it is. Pure.
 */
@SuppressWarnings("ImmutableEnumChecker") // lists of List.of
public enum Quantity {
    /** A time, in milliseconds. */
    DURATION(
            List.of(
                    new Unit("ms", 1),
                    new Unit("s", 1_000),
                    new Unit("m", 60_000),
                    new Unit("h", 3_600_000),
                    new Unit("d", 86_400_000)),
            "30s"),
    /** Bytes. */
    SIZE(
            List.of(
                    new Unit("B", 1),
                    new Unit("KiB", 1L << 10),
                    new Unit("MiB", 1L << 20),
                    new Unit("GiB", 1L << 30),
                    new Unit("TiB", 1L << 40)),
            "16MiB");

    private static final Pattern WRITTEN = Pattern.compile("([0-9]{1,30})([A-Za-z]*)");
    private static final String OR_UNLIMITED = ", or unlimited";
    private static final Pattern BOUNDS =
            Pattern.compile("(\\w+), (\\w+) to (\\w+)(, whole seconds)?(" + OR_UNLIMITED + ")?");

    private final List<Unit> units;
    private final String example;

    Quantity(List<Unit> units, String example) {
        this.units = units;
        this.example = example;
    }

    private record Unit(String name, long size) {}

    /** What was written, in the smallest unit; {@code unit} is null where it is ISO 8601. */
    private record Amount(BigInteger value, @Nullable Unit unit) {}

    /** The least and the greatest, and what it is a multiple of. */
    private record Bounds(BigInteger least, BigInteger greatest, long step) {
        boolean hold(BigInteger value) {
            return value.compareTo(least) >= 0 && value.compareTo(greatest) <= 0;
        }
    }

    /**
     * What {@code text} says, in milliseconds or bytes; if that cannot be, a fault, and the value of {@code otherwise}.
     *
     * @param name the key, for the fault
     * @param allowed kind and bounds, as a key has them: {@code duration, 1s to 10m} or {@code duration, 1s to 1d, whole seconds};
     *     with {@code , or unlimited} behind them for the fault alone, as that word is no quantity
     * @param otherwise the key's default
     */
    public long read(String name, String text, String allowed, String otherwise, Consumer<String> fault) {
        Bounds bounds = bounds(allowed);
        String wrong = wrong(text, bounds);
        if (wrong != null) {
            fault.accept(name + " is '" + text + "', " + wrong
                    + (allowed.endsWith(OR_UNLIMITED) ? "; or write 'unlimited'" : ""));
        }
        Amount amount = amount(wrong == null ? text : otherwise);
        if (amount == null) {
            throw new IllegalArgumentException(name + " has the default '" + otherwise + "', which is no " + this);
        }
        return amount.value().longValueExact();
    }

    /** True if the two say the same, in whatever units. */
    static boolean same(String one, String other) {
        for (Quantity quantity : values()) {
            Amount a = quantity.amount(one);
            Amount b = quantity.amount(other);
            if (a != null && b != null) {
                return a.value().equals(b.value());
            }
        }
        return one.equals(other);
    }

    private @Nullable String wrong(String text, Bounds bounds) {
        if (text.matches("[0-9]{1,30}")) {
            return "which has no unit: write " + withUnits(text, bounds);
        }
        Amount amount = amount(text);
        if (amount == null) {
            return "expected a " + this + " from " + told(bounds.least(), null) + " to " + told(bounds.greatest(), null)
                    + ", such as " + example + "; its unit is one of "
                    + units.stream().map(Unit::name).collect(Collectors.joining(", "));
        }
        if (!bounds.hold(amount.value())) {
            boolean iso = amount.unit() == null;
            return "expected a " + this + " from "
                    + (iso ? iso(bounds.least()) : told(bounds.least(), amount.unit())) + " to "
                    + (iso ? iso(bounds.greatest()) : told(bounds.greatest(), amount.unit()));
        }
        return amount.value().mod(BigInteger.valueOf(bounds.step())).signum() == 0 ? null : "expected whole seconds";
    }

    /** The number with each unit it may have been meant with. */
    private String withUnits(String number, Bounds bounds) {
        String meant = units.stream()
                .filter(unit -> bounds.hold(new BigInteger(number).multiply(BigInteger.valueOf(unit.size()))))
                .map(unit -> number + unit.name())
                .collect(Collectors.joining(" or "));
        return meant.isEmpty()
                ? "a " + this + " such as " + example + ", from " + told(bounds.least(), null) + " to "
                        + told(bounds.greatest(), null)
                : meant;
    }

    /** In the unit that was written, and where that is not possible in the largest that is. */
    private String told(BigInteger value, @Nullable Unit written) {
        Unit in = written;
        if (in == null || value.mod(BigInteger.valueOf(in.size())).signum() != 0) {
            in = units.get(0);
            for (Unit unit : units) {
                if (value.signum() != 0
                        && value.mod(BigInteger.valueOf(unit.size())).signum() == 0) {
                    in = unit;
                }
            }
        }
        return value.divide(BigInteger.valueOf(in.size())) + in.name();
    }

    private static String iso(BigInteger millis) {
        return Duration.ofMillis(millis.longValueExact()).toString();
    }

    private Bounds bounds(String allowed) {
        Matcher bounds = BOUNDS.matcher(allowed);
        if (bounds.matches() && bounds.group(1).equals(toString())) {
            Amount least = amount(bounds.group(2));
            Amount greatest = amount(bounds.group(3));
            if (least != null && greatest != null) {
                return new Bounds(least.value(), greatest.value(), bounds.group(4) == null ? 1 : 1_000);
            }
        }
        throw new IllegalArgumentException("these are no bounds of a " + this + ": " + allowed);
    }

    private @Nullable Amount amount(String text) {
        Matcher written = WRITTEN.matcher(text);
        if (written.matches()) {
            return units.stream()
                    .filter(unit -> unit.name().equals(written.group(2)))
                    .findFirst()
                    .map(unit -> new Amount(
                            new BigInteger(written.group(1)).multiply(BigInteger.valueOf(unit.size())), unit))
                    .orElse(null);
        }
        return this == DURATION && text.startsWith("P") ? ofIso(text) : null;
    }

    private static @Nullable Amount ofIso(String text) {
        try {
            Duration duration = Duration.parse(text);
            return duration.isNegative() || duration.toNanosPart() % 1_000_000 != 0
                    ? null
                    : new Amount(BigInteger.valueOf(duration.toMillis()), null);
        } catch (DateTimeParseException | ArithmeticException e) {
            // no time, or one that no bounds have: the caller says what is expected
            return null;
        }
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
