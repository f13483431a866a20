package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.PosteventException;
import dev.postevent.testing.LogLines;
import io.grpc.Status;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RefusalsTest {
    @ParameterizedTest
    @CsvSource({
        "PSTEV31041, FAILED_PRECONDITION, tables of this topic",
        "PSTEV31042, FAILED_PRECONDITION, may not read this topic",
        "PSTEV31045, FAILED_PRECONDITION, another login",
        "PSTEV31046, FAILED_PRECONDITION, consumer's name",
        "PSTEV31047, FAILED_PRECONDITION, no room for a row",
        "PSTEV31040, UNAVAILABLE, could not ask"
    })
    void aCallerIsToldWhetherSomebodyHasToActAndNoDetails(String code, Status.Code status, String text) {
        Status refusal = Refusals.of(new PosteventException(code, "at host db1, role shop_login"));

        assertThat(refusal.getCode()).isEqualTo(status);
        assertThat(refusal.getDescription()).contains(text, code).doesNotContain("db1", "shop_login");
    }

    /** Whoever calls again and again decides how often; so do names that it chooses. */
    @Test
    void manyRefusalsAreFewLines() {
        try (LogLines heard = new LogLines("dev.postevent.grpc", Level.WARNING)) {
            for (int i = 0; i < 1_000; i++) {
                Status unused = Refusals.of(new PosteventException("PSTEV31041", "topic of manyRefusals is not there"));
                unused = Refusals.of(new PosteventException("PSTEV31045", "somebody reports the mark of c" + i));
                unused = Refusals.of(new StackOverflowError("as if " + i));
            }
            assertThat(heard.with("")).hasSizeLessThanOrEqualTo(3);
            assertThat(heard.with("topic of manyRefusals")).hasSize(1);
        }
    }
}
