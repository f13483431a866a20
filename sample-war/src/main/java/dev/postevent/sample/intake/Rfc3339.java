package dev.postevent.sample.intake;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A time as RFC 3339 writes it ({@code date-time} in section 5.6), which is what CloudEvents calls a Timestamp. {@code java.time} alone
 * takes more (no seconds, an offset without minutes) and less (no leap second, nine digits of a fraction, 18 hours of an offset).
 */
final class Rfc3339 {
    private static final Pattern DATE_TIME =
            Pattern.compile("([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\\.([0-9]+))?"
                    + "(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))");
    private static final int NANO_DIGITS = 9;
    private static final int NANO_MAX = 999_999_999;

    private Rfc3339() {}

    /**
     * The time. What is finer than a nanosecond is cut off; a leap second, which nobody after us can hold, becomes the last nanosecond
     * before it, so that it is after all that was before and before all that is after; an offset beyond 18 hours becomes UTC.
     *
     * @throws DateTimeException if the text is none
     */
    static OffsetDateTime parse(String text) {
        Matcher parts = DATE_TIME.matcher(text);
        if (!parts.matches()) {
            throw new DateTimeException("not of the form 2026-01-31T23:59:59.5Z or 2026-01-31T23:59:59+01:00");
        }
        int second = number(parts, 6);
        boolean leap = second == 60;
        LocalDateTime local = LocalDateTime.of(
                number(parts, 1),
                number(parts, 2),
                number(parts, 3),
                number(parts, 4),
                number(parts, 5),
                leap ? 59 : second,
                leap ? NANO_MAX : nanos(parts.group(7)));
        OffsetDateTime time = at(local, offsetMinutes(parts));
        if (leap && !endsAMonth(time)) {
            throw new DateTimeException("a second 60 is at the end of a month in UTC only");
        }
        return time;
    }

    private static int number(Matcher parts, int group) {
        return Integer.parseInt(parts.group(group));
    }

    private static int nanos(@Nullable String fraction) {
        return fraction == null ? 0 : Integer.parseInt((fraction + "0".repeat(NANO_DIGITS)).substring(0, NANO_DIGITS));
    }

    private static int offsetMinutes(Matcher parts) {
        if (parts.group(8) == null) {
            return 0;
        }
        int hours = number(parts, 9);
        int minutes = number(parts, 10);
        if (hours > 23 || minutes > 59) {
            throw new DateTimeException("an offset has at most 23 hours and 59 minutes");
        }
        return (parts.group(8).equals("-") ? -1 : 1) * (hours * 60 + minutes);
    }

    private static OffsetDateTime at(LocalDateTime local, int offsetMinutes) {
        int seconds = offsetMinutes * 60;
        return Math.abs(seconds) <= ZoneOffset.MAX.getTotalSeconds()
                ? local.atOffset(ZoneOffset.ofTotalSeconds(seconds))
                : local.minusSeconds(seconds).atOffset(ZoneOffset.UTC);
    }

    private static boolean endsAMonth(OffsetDateTime time) {
        OffsetDateTime next = time.withOffsetSameInstant(ZoneOffset.UTC).plusNanos(1);
        return next.getDayOfMonth() == 1 && next.getHour() == 0 && next.getMinute() == 0;
    }
}
