package dev.postevent.internal.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.postevent.internal.eventlog.Stage.Read;
import dev.postevent.internal.eventlog.Stage.Script;
import dev.postevent.internal.eventlog.Stage.Verdict;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.build.Seeded;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * G6, I7: the wrong variants of ORDERING 2 as mutants, which the check of {@link SettleAtEachPointIT} catches, and settling over several
 * reads.
 */
@Seeded
final class SettleInterleavingsIT {
    private static final int STATEMENTS_OF_A_MUTANT = 5;

    private Stage stage;

    @BeforeEach
    void open() throws SQLException {
        stage = new Stage(PostgresFixture.shared().newDatabase());
    }

    @AfterEach
    void close() throws SQLException {
        stage.close();
    }

    static Stream<Arguments> mutants() {
        return Stream.of(
                arguments(WrongSettler.HOLDERS_BEFORE_BOUND, Script.LATE_COMMIT, Fault.LOST),
                arguments(WrongSettler.ROWS_BEFORE_HOLDERS, Script.LATE_COMMIT, Fault.LOST),
                arguments(WrongSettler.REPEATABLE_READ, Script.LATE_COMMIT, Fault.LOST),
                arguments(
                        WrongSettler.ONLY_HOLDERS_WITH_A_PROCESS,
                        Script.LATE_COMMIT_OF_A_PREPARED_TRANSACTION,
                        Fault.LOST),
                arguments(
                        WrongSettler.HOLDERS_JOINED_WITH_ACTIVITY,
                        Script.LATE_COMMIT_OF_A_PREPARED_TRANSACTION,
                        Fault.LOST),
                arguments(WrongSettler.TIMEOUT_SKIPS, Script.LATE_COMMIT, Fault.LOST),
                arguments(WrongSettler.BELOW_THE_OLDEST_TRANSACTION, Script.NUMBER_WITHOUT_ROW, Fault.LOST),
                arguments(WrongSettler.PROBE_ONLY, Script.NUMBER_DRAWN_APART, Fault.LOST),
                arguments(WrongSettler.PROBE_ONLY, Script.CACHED_NUMBERS, Fault.LOST),
                arguments(WrongSettler.NO_GUARD, Script.CACHED_NUMBERS, Fault.HARMED),
                arguments(WrongSettler.SEAL_ONLY, Script.NUMBER_WITHOUT_ROW, Fault.HARMED),
                arguments(WrongSettler.SHARE_LOCK, Script.LATE_ROLLBACK, Fault.HARMED));
    }

    enum Fault {
        LOST,
        HARMED
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void theSameCheckCatches(WrongSettler mutant, Script script, Fault fault) throws Exception {
        assertThat(stage.runUntil(
                        verdict -> fault == Fault.LOST
                                ? !verdict.lost().isEmpty()
                                : !verdict.harmed().isEmpty(),
                        script,
                        STATEMENTS_OF_A_MUTANT,
                        mutant))
                .as(mutant + " in " + script)
                .isPresent();
    }

    @Test
    void theSameCheckCatchesOneStatement() throws Exception {
        assertThat(stage.runWithinOneStatement(Script.LATE_COMMIT, WrongSettler.ONE_STATEMENT)
                        .lost())
                .containsExactly(1L);
    }

    @Test
    void theSettlerArrivesWithoutAQuietInstantAndTheOneThatWaitsForItDoesNot() throws Exception {
        assertThat(stage.runWithoutAQuietInstant(1, (db, mark) -> RealSettler.read(db, mark, Duration.ofSeconds(60)))
                        .isClean())
                .isTrue();
        assertThat(stage.runWithoutAQuietInstant(1, WrongSettler.WAITS_FOR_A_QUIET_INSTANT)
                        .stuck())
                .isTrue();
    }

    @Test
    void theSettlerArrivesByReadsThatDoNotWaitAndTheOneThatForgetsItsReadsDoesNot() throws Exception {
        AtomicReference<JdbcEventLog> log = new AtomicReference<>();
        assertThat(stage.runWithoutAQuietInstant(10, (db, mark) -> {
                            log.compareAndSet(null, new JdbcEventLog(db, Duration.ZERO));
                            return RealSettler.read(log.get(), mark);
                        })
                        .isClean())
                .isTrue();
        assertThat(stage.runWithoutAQuietInstant(10, RealSettler::read).stuck()).isTrue();
    }

    /** The bound is the head, not the page: what the first read has listed is worth the pages above it, too. */
    @Test
    void aTransactionThatBeganLaterHoldsUpNoPageOfWhatWasThereBefore() throws Exception {
        AtomicReference<JdbcEventLog> log = new AtomicReference<>();
        int reads = stage.readsPastARelay(15, (db, mark) -> {
            log.compareAndSet(null, new JdbcEventLog(db, Duration.ZERO));
            return RealSettler.read(log.get(), mark, 4);
        });
        assertThat(reads).isEqualTo(8);
    }

    @Test
    void whatAnEarlierReadHasListedIsRightForTheNextOneToo() throws Exception {
        List<Verdict> verdicts = stage.runAllFrom(
                RealSettler.STATEMENTS - 4,
                Script.NEWCOMER_AFTER_A_GAP,
                2 * RealSettler.STATEMENTS + 2,
                SettleInterleavingsIT::twoReads);
        assertThat(verdicts).hasSizeGreaterThan(RealSettler.STATEMENTS).allMatch(Verdict::isClean);
        assertThat(verdicts).allMatch(verdict -> verdict.voids() == 1);
    }

    private static Read twoReads(DataSource db, long mark) {
        JdbcEventLog log = new JdbcEventLog(db, Duration.ZERO);
        Read one = RealSettler.read(log, mark);
        Read other = RealSettler.read(log, one.settledThrough());
        return new Read(
                other.settledThrough(),
                Stream.concat(one.events().stream(), other.events().stream()).toList());
    }

    @Test
    void everyMutantIsRun() {
        Set<Object> run = mutants().map(arguments -> arguments.get()[0]).collect(Collectors.toSet());
        run.add(WrongSettler.ONE_STATEMENT);
        run.add(WrongSettler.WAITS_FOR_A_QUIET_INSTANT);
        assertThat(run).containsExactlyInAnyOrder((Object[]) WrongSettler.values());
    }

    /** The probe, in the right order, is right where the conditions hold: what makes a mutant is its one fault. */
    @ParameterizedTest
    @EnumSource(names = {"LATE_COMMIT", "LATE_ROLLBACK", "LATE_COMMIT_OF_A_PREPARED_TRANSACTION", "NUMBER_WITHOUT_ROW"})
    void theProbeAloneIsRightWhereItsConditionsHold(Script script) throws Exception {
        assertThat(stage.runAll(script, STATEMENTS_OF_A_MUTANT, WrongSettler.PROBE_ONLY))
                .allMatch(Verdict::isClean);
    }
}
