package dev.postevent.internal.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.PosteventException;
import dev.postevent.TransientFailureException;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TransientTest {
    private static PosteventException of(Throwable cause) {
        return Transient.exception("PSTEV00001", "asking", cause);
    }

    @ParameterizedTest
    @ValueSource(strings = {"40001", "40P01", "08006", "53300", "57P01", "55P03", "25006"})
    void whatPassesIsTransientForWhoeverAsked(String state) {
        assertThat(of(new IllegalStateException(new SQLException("no", state))))
                .isInstanceOf(TransientFailureException.class)
                .matches(PosteventException::isTransient)
                .hasMessage("PSTEV00001: asking")
                .hasRootCauseInstanceOf(SQLException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"23505", "42501", "42P01", "22001", "57014", "25P02", ""})
    void whatDoesNotPassIsNot(String state) {
        assertThat(of(new SQLException("no", state)).isTransient()).isFalse();
        assertThat(of(new SQLException("no")).isTransient()).isFalse();
    }

    @Test
    void whatWasFoundToPassDoesSoForWhoeverHearsOfIt() {
        assertThat(of(new IllegalStateException(new TransientFailureException("PSTEV00002", "no", null)))
                        .isTransient())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"08001", "08006", "57P01", "57P03"})
    void aDatabaseThatIsAwayIsOne(String state) {
        assertThat(Transient.isAway(of(new IllegalStateException(new SQLException("no", state)))))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"40001", "53300", "53400", "55P03", "25006", "23505", ""})
    void whatADatabaseSaysThatIsThereIsForSomebodyToRead(String state) {
        assertThat(Transient.isAway(of(new SQLException("no", state)))).isFalse();
        SQLException andLost = new SQLException("no", state);
        andLost.addSuppressed(new SQLException("the rollback failed, too", "08006"));
        assertThat(Transient.isAway(andLost)).isFalse();
        assertThat(Transient.isAway(new SQLException("no"))).isFalse();
    }

    @Test
    void aDriverMaySaySoByTheClassOfItsFailure() {
        assertThat(of(new SQLTransientConnectionException("no")).isTransient()).isTrue();
    }
}
