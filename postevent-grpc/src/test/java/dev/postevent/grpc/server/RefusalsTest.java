package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.PosteventException;
import io.grpc.Status;
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
}
