package dev.postevent.internal.config;

import java.math.BigInteger;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How times and sizes are written as values of keys: a whole number and its unit, without a space ({@code 200ms}, {@code 16MiB}); a time
 * also as ISO 8601 has it ({@code PT30S}). A number alone is refused: nobody sees from it what it is. Pure.
 */
@SuppressWarnings("ImmutableEnumChecker") // lists of List.of
enum Quantity {
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
    private record Range(BigInteger least, BigInteger greatest, long step) {
        boolean holds(BigInteger value) {
            return value.compareTo(least) >= 0 && value.compareTo(greatest) <= 0;
        }
    }

    /** What {@code text} says, in milliseconds or bytes. */
    long value(String text) {
        Amount amount = amount(text);
        if (amount == null) {
            throw new IllegalArgumentException("'" + text + "' is no " + this);
        }
        return amount.value().longValueExact();
    }

    /** In the largest unit that it is a whole number of. */
    String told(long value) {
        return told(BigInteger.valueOf(value), null);
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

    /**
     * What is wrong with {@code text}, and what would be right; null: nothing is.
     *
     * @param step what it has to be a multiple of: 1, or a second
     */
    @Nullable
    String wrong(String text, long least, long greatest, long step) {
        return wrong(text, new Range(BigInteger.valueOf(least), BigInteger.valueOf(greatest), step));
    }

    private @Nullable String wrong(String text, Range range) {
        if (text.matches("[0-9]{1,30}")) {
            return "which has no unit: write " + withUnits(text, range);
        }
        Amount amount = amount(text);
        if (amount == null) {
            return "expected a " + this + " from " + told(range.least(), null) + " to " + told(range.greatest(), null)
                    + ", such as " + example + "; its unit is one of "
                    + units.stream().map(Unit::name).collect(Collectors.joining(", "));
        }
        if (!range.holds(amount.value())) {
            boolean iso = amount.unit() == null;
            return "expected a " + this + " from "
                    + (iso ? iso(range.least()) : told(range.least(), amount.unit())) + " to "
                    + (iso ? iso(range.greatest()) : told(range.greatest(), amount.unit()));
        }
        return amount.value().mod(BigInteger.valueOf(range.step())).signum() == 0 ? null : "expected whole seconds";
    }

    /** The number with each unit it may have been meant with. */
    private String withUnits(String number, Range range) {
        String meant = units.stream()
                .filter(unit -> range.holds(new BigInteger(number).multiply(BigInteger.valueOf(unit.size()))))
                .map(unit -> number + unit.name())
                .collect(Collectors.joining(" or "));
        return meant.isEmpty()
                ? "a " + this + " such as " + example + ", from " + told(range.least(), null) + " to "
                        + told(range.greatest(), null)
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
