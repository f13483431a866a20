package dev.postevent.internal.cdi;

import dev.postevent.Subscription;
import dev.postevent.internal.config.Key;
import dev.postevent.internal.config.Settings;
import dev.postevent.internal.processor.Start;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a subscription begins if it is new: what its key says, otherwise its annotation. */
final class StartSetting {
    private static final Pattern POSITION = Pattern.compile("[1-9][0-9]{0,17}");

    private StartSetting() {}

    /** What it says; a value that says nothing becomes a fault. */
    static Start of(Settings settings, TopicObserver observer) {
        Start annotated = observer.start() == Subscription.Start.NOW ? Start.NOW : Start.BEGINNING;
        Optional<String> said = settings.ofSubscription(Key.SUBSCRIPTION_START, observer.name());
        if (said.isEmpty()) {
            return annotated;
        }
        Start start = read(said.get());
        if (start == null) {
            settings.fault(Key.SUBSCRIPTION_START.keyNameFor(observer.name()) + " is '" + said.get()
                    + "', expected one of: beginning; now; a position from 1 on, which is the first that the subscription is"
                    + " given; or a time with its offset from UTC, such as 2026-01-31T00:00:00+01:00");
        }
        return start == null ? annotated : start;
    }

    /** Null: it is none. */
    static @Nullable Start read(String text) {
        if (text.equals("beginning")) {
            return Start.BEGINNING;
        }
        if (text.equals("now")) {
            return Start.NOW;
        }
        if (POSITION.matcher(text).matches()) {
            return Start.at(Long.parseLong(text));
        }
        Instant time = time(text);
        return time == null ? null : Start.at(time);
    }

    /** To the microsecond, and of the years 1 to 9999: as events have theirs. */
    private static @Nullable Instant time(String text) {
        try {
            OffsetDateTime time = OffsetDateTime.parse(text).withOffsetSameInstant(ZoneOffset.UTC);
            return time.getYear() >= 1 && time.getYear() <= 9999
                    ? time.truncatedTo(ChronoUnit.MICROS).toInstant()
                    : null;
        } catch (DateTimeException e) {
            // what is no time is told as any other bad value
            return null;
        }
    }
}
