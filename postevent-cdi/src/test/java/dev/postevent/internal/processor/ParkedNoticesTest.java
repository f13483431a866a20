package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.Notice;
import dev.postevent.internal.flow.Told;
import dev.postevent.internal.processor.SubscriptionSpec.OnFailure;
import dev.postevent.spi.LogEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Where the answer to what parks an event is lost, what is stored says whether it is parked. */
class ParkedNoticesTest {
    private final List<Notice> told = new ArrayList<>();
    private final OwnedLane lane = new OwnedLane(new Lane(0, 0, 1, OnFailure.HOLD, LaneStore.Calls.NONE), 1);
    private final ParkedNotices parked = new ParkedNotices(
            new SpecBuilder("mails", ProcessorStage.failing((event, attempt, again) -> {})).build(),
            new OwnedLanes(),
            told::add);
    private final Notice ofOne = new Told.EventParked(
            "mails", "orders", 1, Optional.of("s1"), Optional.of("e1"), 3, "java.io.IOException: no");

    private static LogEntry event() {
        return LogEntry.at(1)
                .id("e1")
                .source("urn:test")
                .type("t")
                .subject("s1")
                .build();
    }

    private void isParking() {
        parked.isParking(lane, event(), 3, LaneStore.Failure.said("java.io.IOException: no"));
    }

    private static LaneStore.Stored stored(Due due) {
        return new LaneStore.Stored(
                new LaneStore.Claim(0, 1, 1, 1, 1),
                List.of(new HeldEvents.Loaded(1, "s1", due), new HeldEvents.Loaded(2, "s1", Due.at(0))));
    }

    @Test
    void itIsToldOnceItIsWrittenAndNotBefore() {
        isParking();
        assertThat(told).isEmpty();
        parked.isParked(lane);
        assertThat(told).containsExactly(ofOne);
        parked.isRead(lane, stored(Due.never()));
        assertThat(told).as("that was told").hasSize(1);
    }

    @Test
    void whereTheAnswerIsLostItIsToldWhenTheLaneIsReadAndItStandsThere() {
        isParking();
        parked.isRead(lane, stored(Due.never()));
        assertThat(told).containsExactly(ofOne);
        parked.isRead(lane, stored(Due.never()));
        assertThat(told).hasSize(1);
    }

    @Test
    void whatWasRolledBackIsNotTold() {
        isParking();
        parked.isRead(lane, stored(Due.at(0)));
        parked.isRead(lane, stored(Due.never()));
        assertThat(told).isEmpty();
    }

    @Test
    void whatOthersParkedIsNotTold() {
        parked.isRead(lane, stored(Due.never()));
        assertThat(told).isEmpty();
    }

    @Test
    void whatIsHandledIsToldIfItWasParkedAlsoIfThatWasKnownBeforeTheLaneWasReadAnew() {
        HeldEvents held = new HeldEvents();
        held.reload(List.of(new HeldEvents.Loaded(1, "s1", Due.never())), 10);
        // an operator retried it
        held.reload(List.of(new HeldEvents.Loaded(1, "s1", Due.at(0)), new HeldEvents.Loaded(2, "s2", Due.at(1))), 10);
        HeldEvents.Turn first = held.dueHead(1);
        held.done(first.event(), 1);
        parked.isHandled(first.event());
        HeldEvents.Turn second = held.dueHead(1);
        parked.isHandled(second.event());
        assertThat(told)
                .containsExactly(
                        new Told.EventResumed("mails", "orders", 1, Optional.of("s1"), Notice.EventResumed.By.HANDLED));
    }
}
