package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sources that are not the one that was read so far, and those that only look so. */
class SourceCheckTest extends CatchUpStage {
    @Test
    void aTableMadeAnewBelowWhatWasReceivedIsADivergedSourceAtOnce() {
        publish(1, 3);
        catchUp.start();
        runAll();
        source.clear();
        origin = Origin.of("1", 1, 2);
        publish(1, 2);

        catchUp.doubt();
        runAll();

        assertThat(catchUp.status().fault())
                .contains("made anew")
                .contains("position 2")
                .contains("through 3");
        catchUp.arrived(List.of(entry(4)));
        assertThat(inbox.messages).hasSize(3);
    }

    @Test
    void aTableMadeAnewIsNoFaultForAnInboxThatHasNothingOfIt() {
        catchUp.start();
        runAll();
        origin = Origin.of("1", 1, 2);
        publish(1, 2);

        catchUp.doubt();
        runAll();

        assertThat(catchUp.status().fault()).isNull();
        assertThat(inbox.mark).isEqualTo(2);
    }

    @Test
    void anotherEventAtAPositionThatIsThereIsADivergedSource() {
        publish(1, 3);
        catchUp.start();
        runAll();
        catchUp.arrived(
                List.of(LogEntry.at(2).id("other").source("urn:test").type("t").build()));
        assertThat(catchUp.status().fault()).contains("at position 2", "other", "e2");
    }

    @Test
    void voidsAtTheMarkDoNotTellASourceThatWasRestored() {
        publish(1, 4);
        source.put(5L, voidAt(5));
        received();
        publish(1, 2);
        source.put(3L, other(3));
        source.put(4L, other(4));
        publish(6, 6);
        assertThat(faultAfterADoubt()).contains("at position 4", "other4", "e4");
        assertThat(inbox.mark).isEqualTo(5);
    }

    @Test
    void whatIsVoidHereHasToBeVoidAtTheSource() {
        publish(1, 3);
        source.put(4L, voidAt(4));
        source.put(5L, voidAt(5));
        received();
        source.put(4L, other(4));
        assertThat(faultAfterADoubt()).contains("at position 4", "other4", "void");
    }

    @Test
    void aVoidThatComesAgainLastDoesNotHideAnotherEventBeforeIt() {
        publish(1, 3);
        source.put(4L, voidAt(4));
        received();
        catchUp.arrived(List.of(other(3), voidAt(4)));
        assertThat(catchUp.status().fault()).contains("at position 3", "other3", "e3");
    }

    @Test
    void anotherOriginThatHasWhatWasReceivedIsTheSource() {
        publish(1, 3);
        source.put(4L, voidAt(4));
        received();
        inbox.handled = 4;
        origin = Origin.of("2", 7, 8);
        assertThat(faultAfterADoubt()).isEqualTo("null");
        assertThat(inbox.origin).isEqualTo(origin);
    }

    @Test
    void anotherOriginIsTheSourceWhereNothingWasReceivedFromTheFormer() {
        catchUp.start();
        runAll();
        origin = Origin.of("2", 1, 1);
        publish(1, 3);
        assertThat(faultAfterADoubt()).isEqualTo("null");
        assertThat(inbox.mark).isEqualTo(3);
    }

    @Test
    void cursorsBeyondWhatCanBeComparedBelongToTheFormerOrigin() {
        catchUp.start();
        runAll();
        inbox.handled = 20;
        Origin former = origin;
        origin = Origin.of("2", 1, 1);
        publish(1, 30);
        assertThat(faultAfterADoubt())
                .contains("through position 20", "nothing is here to be compared", "postevent_inbox.origin");
        assertThat(inbox.mark).isZero();
        assertThat(inbox.origin).isEqualTo(former);
    }

    /** A subscription began now while its history was being copied, and the source failed over to one that had less. */
    @Test
    void aNowThatTheSourceDoesNotReachIsAnothersSources() {
        publish(1, 3);
        received();
        inbox.begun = 20;
        publish(4, 19);
        assertThat(faultAfterADoubt())
                .contains("ends at position 19", "that was position 20")
                .contains("delete from postevent_inbox.subscription where topic = 'orders' and begins = 'now' and"
                        + " begins_after > 3");
        assertThat(inbox.mark).isEqualTo(3);
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 1", "2, 1, 1", "1, 1, 2"})
    void aNowBeyondWhatCanBeComparedBelongsToTheFormerOrigin(String system, long timeline, long table) {
        publish(1, 3);
        received();
        inbox.begun = 20;
        Origin former = origin;
        origin = Origin.of(system, timeline, table);
        publish(4, 30);
        assertThat(faultAfterADoubt())
                .contains("that was position 20", "no more than through position 3")
                .contains("begins_after > 3", "delete from postevent_inbox.origin");
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(inbox.origin).isEqualTo(former);
    }

    @Test
    void aNowOfANewInboxBelongsToTheOriginThatWasSeenFirst() {
        catchUp.start();
        runAll();
        inbox.begun = 20;
        origin = Origin.of("2", 1, 1);
        publish(1, 30);
        assertThat(faultAfterADoubt()).contains("that was position 20", "no more than through position 0");
        assertThat(inbox.mark).isZero();
    }

    @Test
    void aNowThatTheMarkHasReachedIsComparedWithTheRest() {
        publish(1, 30);
        received();
        inbox.begun = 20;
        origin = Origin.of("2", 2, 2);
        assertThat(faultAfterADoubt()).isEqualTo("null");
        assertThat(inbox.origin).isEqualTo(origin);
    }

    @Test
    void aNowStaysWhereTheSourceIsTheSameOrItsEventsAreGone() {
        publish(1, 3);
        received();
        inbox.begun = 20;
        publish(4, 30);
        assertThat(faultAfterADoubt()).as("the same").isEqualTo("null");
        assertThat(inbox.mark).isEqualTo(30);
        inbox.begun = 40;
        gone = 40;
        source.clear();
        assertThat(faultAfterADoubt()).as("all is gone").doesNotContain("began now");
    }

    /** Messages, mark and origin were deleted, and cursors were left behind. */
    @Test
    void cursorsAboveAMarkThatNobodyKnowsTheOriginOfAreNotTakenForTheSources() {
        inbox.handled = 20;
        publish(1, 30);
        catchUp.start();
        runAll();

        String fault = String.valueOf(catchUp.status().fault());
        assertThat(fault).contains("through position 20", "than through 0", "were deleted");
        assertThat(inbox.mark).isZero();
        assertThat(inbox.origin).isNull();
        assertThat(fault).endsWith("values ('orders', '1', 1, 1)");
    }

    @Test
    void whoeverSaysThatItIsTheSameSourceIsBelieved() {
        inbox.handled = 20;
        inbox.origin = origin;
        publish(1, 30);
        received();
        assertThat(inbox.mark).isEqualTo(30);
    }

    @Test
    void whatIsReadWhereItIsPublishedIsNotComparedWithItself() {
        inbox.copied = false;
        publish(1, 20);
        received();
        origin = Origin.of("2", 2, 1);
        assertThat(faultAfterADoubt()).as("the database was upgraded").isEqualTo("null");
        origin = Origin.of("2", 2, 9);
        assertThat(faultAfterADoubt()).contains("through position 20", "nothing is here to be compared");
    }

    private void replaceSource(long through) {
        source.clear();
        for (long position = 1; position <= through; position++) {
            source.put(position, other(position));
        }
    }

    @Test
    void aSourceThatWasReplacedIsFoundByThePassThatReadsFromIt() {
        publish(1, 3);
        received();
        replaceSource(5);

        regularPass();

        assertThat(String.valueOf(catchUp.status().fault())).contains("at position 3", "other3", "e3");
        assertThat(faultAfterADoubt()).contains("at position 3");
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(inbox.messages).hasSize(3);
    }

    @Test
    void aSourceThatWasReplacedIsFoundWhoeverStoredWhatIsAtTheMark() {
        publish(1, 3);
        received();
        for (long position = 4; position <= 6; position++) {
            inbox.messages.put(position, entry(position));
        }
        inbox.mark = 6;
        replaceSource(8);

        regularPass();

        assertThat(String.valueOf(catchUp.status().fault())).contains("at position 6", "other6", "e6");
        assertThat(inbox.messages).hasSize(6);
    }

    @Test
    void aSourceThatWasReplacedIsFoundThroughTheVoidsAtTheMark() {
        publish(1, 3);
        source.put(4L, voidAt(4));
        source.put(5L, voidAt(5));
        received();
        replaceSource(3);
        source.put(4L, voidAt(4));
        source.put(5L, voidAt(5));
        publish(6, 7);

        regularPass();

        assertThat(String.valueOf(catchUp.status().fault())).contains("at position 3", "other3", "e3");
        assertThat(inbox.mark).isEqualTo(5);
    }

    @Test
    void nothingIsTakenFromASourceThatDoesNotHaveWhatIsAtTheMark() {
        publish(1, 3);
        received();
        source.remove(3L);
        publish(4, 5);

        regularPass();

        assertThat(inbox.mark).isEqualTo(3);
        assertThat(inbox.messages).hasSize(3);
        assertThat(catchUp.status().trouble()).contains("PSTEV33003", "position 3");
        publish(3, 3); // it only was not visible yet
        regularPass();
        assertThat(inbox.mark).isEqualTo(5);
        assertThat(catchUp.status().trouble()).isNull();
        assertThat(catchUp.status().fault()).isNull();
    }

    @Test
    void whatCameEarlyAndIsAnotherEventAtTheSourceIsADivergedSource() {
        publish(1, 3);
        received();
        catchUp.arrived(List.of(entry(5), entry(6)));
        for (long position = 4; position <= 6; position++) {
            source.put(position, other(position));
        }

        regularPass();

        assertThat(String.valueOf(catchUp.status().fault())).contains("position 5", "other5", "e5");
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(inbox.messages).hasSize(5);
    }
}
