package dev.postevent.internal.feed.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.PosteventException;
import dev.postevent.internal.feed.Causes;
import dev.postevent.internal.feed.FeedFault;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;

class DecodingFailuresTest {
    private final DecodingFailures failures = new DecodingFailures();

    @Test
    void theThirdTimeInARowIsTheLast() {
        assertThat(failures.ended("broken", "0/1")).isFalse();
        assertThat(failures.ended("broken", "0/1")).isFalse();
        assertThat(failures.ended("broken", "0/1")).isTrue();
        assertThat(failures.ended("broken", "0/1")).isFalse();
    }

    @Test
    void anotherErrorAnotherPlaceAndAnotherEndBeginAnew() {
        assertThat(failures.ended("broken", "0/1")).isFalse();
        assertThat(failures.ended("broken", "0/1")).isFalse();
        assertThat(failures.ended("broken otherwise", "0/1")).isFalse();
        assertThat(failures.ended("broken otherwise", "0/1")).isFalse();
        assertThat(failures.ended("broken otherwise", "0/2")).isFalse();
        assertThat(failures.ended("broken otherwise", "0/2")).isFalse();
        assertThat(failures.ended(null, "0/2")).isFalse();
        assertThat(failures.ended("broken otherwise", "0/2")).isFalse();
        assertThat(failures.ended("broken otherwise", null)).isFalse();
        assertThat(failures.ended("broken otherwise", "0/2")).isFalse();
    }

    private static FeedFault engineEnded(Throwable cause) {
        return new FeedFault(FeedFault.ENGINE_ENDED, "the engine ended", cause);
    }

    @Test
    void whatTheServerSaysIsFoundHoweverItIsWrapped() {
        SQLException error = new SQLException("ERROR: invalid memory alloc request size", "XX000");
        assertThat(Causes.decodingError(engineEnded(new RuntimeException(new RuntimeException("task failed", error)))))
                .isEqualTo("ERROR: invalid memory alloc request size [SQLSTATE XX000]");
    }

    @Test
    void memoryThatIsAskedForInVainIsAnErrorOfDecodingUnlikeOtherResources() {
        assertThat(Causes.decodingError(engineEnded(new SQLException("ERROR: out of memory", "53200"))))
                .isEqualTo("ERROR: out of memory [SQLSTATE 53200]");
        assertThat(Causes.decodingError(engineEnded(new SQLException("x", "53100"))))
                .isNull();
    }

    @Test
    void aConnectionThatIsLostAServerThatEndsAndWhatOthersAskedIsNoErrorOfDecoding() {
        for (String state : new String[] {"08006", "57P01", "53300", "28P01", "55006", "42501", "25P04"}) {
            assertThat(Causes.decodingError(engineEnded(new SQLException("x", state))))
                    .as(state)
                    .isNull();
        }
        assertThat(Causes.decodingError(engineEnded(new RuntimeException(
                        new PosteventException("PSTEV33002", "the inbox", new SQLException("x", "22012"))))))
                .isNull();
        assertThat(Causes.decodingError(
                        new FeedFault(FeedFault.SLOT_CREATE, "no slot", new SQLException("x", "XX000"))))
                .isNull();
        assertThat(Causes.decodingError(new SQLException("of a look of our own", "XX000")))
                .isNull();
        assertThat(Causes.decodingError(engineEnded(new IllegalStateException("whatever"))))
                .isNull();
    }
}
