package dev.postevent.internal.catchup;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.TransientFailureException;
import dev.postevent.testing.LogLines;
import java.sql.SQLException;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a pass reads of the event log, and what becomes of it if it fails. */
class PassTest extends CatchUpStage {
    @Test
    void aPassThatWaitsForItsTurnAsksNothingAfterTheStop() {
        publish(1, 3);
        catchUp.start();
        catchUp.stop();
        runAll();
        assertThat(originsAsked).isZero();
        assertThat(positionsRead).isEmpty();
    }

    @Test
    void whatRetentionRemovedAtTheMarkIsNotMissed() {
        publish(1, 3);
        received();
        source.clear();
        gone = 3;
        publish(4, 5);

        regularPass();

        assertThat(inbox.mark).isEqualTo(5);
        assertThat(catchUp.status().fault()).isNull();
    }

    @Test
    void aPageThatAnEventAtTheMarkFillsIsNotTheEndOfTheSource() {
        largest = 1;
        publish(1, 5);

        received();

        assertThat(inbox.messages).hasSize(5);
    }

    /** All but position 4 is at the source, and here. */
    private void leftOpen() {
        publish(1, 9);
        source.remove(4L);
        open = 4;
        catchUp.start();
        runAll();
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(inbox.messages).hasSize(8);
        positionsRead.clear();
    }

    /** The fault: each pass at a gap read all that is above it once more. */
    @Test
    void whatIsAboveAnOpenGapIsNotReadWithEachPass() {
        leftOpen();
        for (int pass = 0; pass < 20; pass++) {
            regularPass();
        }
        assertThat(positionsRead).isNotEmpty().allMatch(position -> position <= 4);
        assertThat(catchUp.status().blocker()).isEqualTo("slow");
        assertThat(catchUp.status().complete()).isFalse();

        publish(4, 4);
        publish(10, 12);
        open = 0;
        regularPass();
        assertThat(inbox.mark).isEqualTo(12);
        assertThat(catchUp.status().blocker()).isNull();
        assertThat(catchUp.status().complete()).isTrue();
    }

    @Test
    void whatADoubtIsAboutIsReadAlsoAboveAnOpenGap() {
        leftOpen();
        publish(10, 12);
        regularPass();
        assertThat(inbox.messages).hasSize(8);
        catchUp.doubt();
        runAll();
        assertThat(inbox.messages).hasSize(11);
        assertThat(inbox.mark).isEqualTo(3);
    }

    /** What is above is compared before the mark passes over it. */
    @Test
    void aSourceThatWasReplacedWhileAGapWasOpenIsFoundWhenItCloses() {
        leftOpen();
        for (long position = 4; position <= 9; position++) {
            source.put(position, other(position));
        }
        open = 0;
        regularPass();
        assertThat(String.valueOf(catchUp.status().fault())).contains("other5", "e5");
        assertThat(inbox.mark).isEqualTo(3);
    }

    @Test
    void aDatabaseThatIsAwayIsOneLineHoweverItSaysSo() {
        publish(1, 3);
        received();
        try (LogLines lines = new LogLines("dev.postevent.catchup", Level.WARNING)) {
            for (String said : List.of("terminating connection", "connection refused", "it is starting up")) {
                passThatFails(said);
            }
            assertThat(lines.with("cannot catch up")).singleElement().asString().contains("terminating connection");
            assertThat(catchUp.status().trouble()).contains("starting up");
            catchUp.doubt();
            runAll();
            assertThat(catchUp.status().trouble()).isNull();

            passThatFails("terminating connection");
            assertThat(lines.with("cannot catch up")).as("the next time").hasSize(2);
            assertThat(lines.traced("")).isEmpty();
        }
    }

    /** It may last, and wait for somebody. */
    @Test
    void whatADatabaseSaysThatIsThereAgainIsInTheLog() {
        publish(1, 3);
        received();
        try (LogLines lines = new LogLines("dev.postevent.catchup", Level.WARNING)) {
            passThatFails("connection refused");
            for (int pass = 0; pass < 3; pass++) {
                passThatFails("too many connections", "53300");
            }
            assertThat(lines.with("cannot catch up")).hasSize(2);
            assertThat(lines.with("too many connections")).hasSize(1);
            passThatFails("connection refused");
            assertThat(lines.with("cannot catch up")).hasSize(3);
        }
    }

    private void passThatFails(String said) {
        passThatFails(said, "08006");
    }

    private void passThatFails(String said, String state) {
        meanwhile = () -> {
            throw new TransientFailureException("PSTEV31040", said, new SQLException(said, state));
        };
        catchUp.doubt();
        runAll();
    }

    /** Also where retention has removed what stands at the mark. */
    @ParameterizedTest
    @ValueSource(longs = {0, 3})
    void whatTheSourceCannotSendIsNamedAndAllBeforeItArrives(long removed) {
        publish(1, 2);
        received();
        publish(3, 5);
        unsendable = 4;
        regularPass();
        assertThat(inbox.mark).isEqualTo(3);
        assertThat(catchUp.status().trouble()).contains("position 4");

        gone = removed;
        source.headMap(removed, true).clear();
        regularPass();
        assertThat(catchUp.status().trouble()).contains("position 4");

        unsendable = 0;
        regularPass();
        assertThat(inbox.mark).isEqualTo(5);
        assertThat(catchUp.status().trouble()).isNull();
    }
}
