package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.transaction.HeuristicMixedException;
import jakarta.transaction.RollbackException;
import java.sql.BatchUpdateException;
import java.sql.SQLException;
import javax.transaction.xa.XAException;
import org.junit.jupiter.api.Test;

class FailuresTest {
    /** As Narayana tells what a database said at the commit. */
    private static <T extends Exception> T atCommit(T failure, int code, Throwable cause) {
        XAException branch = new XAException(code);
        branch.initCause(cause);
        failure.addSuppressed(branch);
        return failure;
    }

    @Test
    void whatADatabaseSaysAtTheCommitIsSeen() {
        SQLException serialization = new SQLException("could not serialize access", "40001");
        for (Exception failure : new Exception[] {
            atCommit(new RollbackException("ARJUNA016053: Could not commit transaction."), -7, serialization),
            atCommit(new HeuristicMixedException(), -7, serialization),
            new IllegalStateException(atCommit(new RollbackException("no"), -7, serialization))
        }) {
            assertThat(Failures.isTransient(failure)).as(failure.toString()).isTrue();
            assertThat(Failures.describe(failure)).contains("could not serialize access");
        }
    }

    @Test
    void aViolatedConstraintAtTheCommitDoesNotPassWhateverTheBranchSays() {
        SQLException violated = new SQLException("violates foreign key constraint", "23503");
        RollbackException failure = atCommit(new RollbackException("no"), XAException.XAER_RMFAIL, violated);
        assertThat(Failures.isTransient(failure)).isFalse();
        assertThat(Failures.describe(failure)).contains("violates foreign key constraint");
    }

    @Test
    void aBranchThatSaysNoMoreIsJudgedByItsCode() {
        RollbackException lost = new RollbackException("no");
        lost.addSuppressed(new XAException(XAException.XA_RBDEADLOCK));
        assertThat(Failures.isTransient(lost)).isTrue();
        RollbackException refused = new RollbackException("no");
        refused.addSuppressed(new XAException(XAException.XA_RBINTEGRITY));
        assertThat(Failures.isTransient(refused)).isFalse();
    }

    @Test
    void theNextOfAStatementIsSeen() {
        BatchUpdateException batch = new BatchUpdateException("batch entry 0", "00000", new int[0]);
        batch.setNextException(new SQLException("deadlock detected", "40P01"));
        assertThat(Failures.isTransient(batch)).isTrue();
        assertThat(Failures.describe(batch)).contains("deadlock detected");
    }

    @Test
    void aServerThatOnlyReadsPasses() {
        assertThat(Failures.isTransient(new SQLException("cannot execute UPDATE in a read-only transaction", "25006")))
                .isTrue();
    }

    @Test
    void anAbortedTransactionIsSeenBelowWhatTheObserverMadeOfIt() {
        SQLException aborted = new SQLException("current transaction is aborted", "25P02");
        assertThat(Failures.isAborted(new IllegalStateException("cannot bill", aborted)))
                .isTrue();
        assertThat(Failures.isAborted(new IllegalStateException("cannot bill"))).isFalse();
    }

    /** A failure whose every word is another failure. */
    private static final class Mute extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @Override
        public String getMessage() {
            throw new IllegalStateException("has no message");
        }

        @Override
        public synchronized Throwable getCause() {
            throw new IllegalStateException("has no cause");
        }
    }

    @Test
    void aFailureThatThrowsWhenItIsAskedIsDescribedAllTheSame() {
        assertThat(Failures.describe(new Mute())).contains("Mute");
        assertThat(Failures.describe(new IllegalStateException("outer", new Mute())))
                .contains("outer")
                .contains("Mute");
        assertThat(Failures.isTransient(new Mute())).isFalse();
    }

    @Test
    void endlessFailuresEnd() {
        IllegalStateException first = new IllegalStateException("first");
        IllegalStateException second = new IllegalStateException("second", first);
        first.initCause(second);
        assertThat(Failures.describe(first)).contains("first");
        assertThat(Failures.isTransient(first)).isFalse();
        assertThat(Failures.describe(new IllegalStateException("x".repeat(100_000))))
                .hasSizeLessThan(2_100);
    }
}
