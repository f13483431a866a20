package dev.postevent.internal.processor;

import dev.postevent.Notice;
import dev.postevent.Notice.EventParked;
import dev.postevent.Notice.EventResumed;
import dev.postevent.internal.flow.Told;
import dev.postevent.spi.LogEntry;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells the application which events of a subscription are parked, and which are not any more.
 *
 * <p>A notice that an event is parked is {@linkplain #isParking known to its lane} before that is written: where the answer of the
 * database is lost, whoever reads the lane again {@linkplain #isRead sees} whether it is.
 */
final class ParkedNotices {
    private final SubscriptionSpec spec;
    private final OwnedLanes lanes;
    private final Consumer<? super Notice> notices;

    ParkedNotices(SubscriptionSpec spec, OwnedLanes lanes, Consumer<? super Notice> notices) {
        this.spec = spec;
        this.lanes = lanes;
        this.notices = notices;
    }

    /** An event of the queue is going to be parked. */
    void isParking(OwnedLane one, LogEntry entry, int attempts, LaneStore.Failure failure) {
        isParking(one, entry.position(), entry.subject(), entry.id(), attempts, failure.cause());
    }

    /** A held event is going to be parked. */
    void isParking(OwnedLane one, HeldEvent held, HeldEvent.End end) {
        Failed failed = end.failed();
        String cause = failed == null ? AttemptLog.LOST : Failures.describe(failed.cause());
        isParking(one, held.position, held.subject(), end.id(), end.attempts(), cause);
    }

    private void isParking(
            OwnedLane one, long position, @Nullable String subject, @Nullable String id, int attempts, String cause) {
        EventParked parking = new Told.EventParked(
                spec.name(),
                spec.topic().value(),
                position,
                Optional.ofNullable(subject),
                Optional.ofNullable(id),
                attempts,
                cause);
        lanes.run(() -> {
            one.parking = parking;
        });
    }

    /** That is committed. */
    void isParked(OwnedLane one) {
        EventParked parked = lanes.get(() -> taken(one));
        if (parked != null) {
            notices.accept(parked);
        }
    }

    /** What is stored of the lane was read. */
    void isRead(OwnedLane one, LaneStore.Stored stored) {
        EventParked parked = lanes.get(() -> taken(one));
        if (parked != null
                && stored.held().stream().anyMatch(row -> row.position() == parked.position() && row.isParked())) {
            notices.accept(parked);
        }
    }

    private static @Nullable EventParked taken(OwnedLane one) {
        EventParked parking = one.parking;
        one.parking = null;
        return parking;
    }

    /** An event that was held is handled. */
    void isHandled(HeldEvent held) {
        if (lanes.get(held::wasParked)) {
            notices.accept(new Told.EventResumed(
                    spec.name(),
                    spec.topic().value(),
                    held.position,
                    Optional.ofNullable(held.subject()),
                    EventResumed.By.HANDLED));
        }
    }
}
