package dev.postevent.internal.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.eventlog.Stage.Script;
import dev.postevent.internal.eventlog.Stage.Verdict;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.build.Seeded;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** G6, I7: settling under every interleaving of a publisher's steps with the settler's statements; its mutants are in {@link SettleInterleavingsIT}. */
@Seeded
final class SettleAtEachPointIT {
    private Stage stage;

    @BeforeEach
    void open() throws SQLException {
        stage = new Stage(PostgresFixture.shared().newDatabase());
    }

    @AfterEach
    void close() throws SQLException {
        stage.close();
    }

    @ParameterizedTest
    @EnumSource
    void theSettlerLosesNothingHarmsNobodyAndArrives(Script script) throws Exception {
        List<Verdict> verdicts = stage.runAll(script, RealSettler.STATEMENTS, RealSettler::read);
        assertThat(verdicts).hasSizeGreaterThan(RealSettler.STATEMENTS);
        if (script == Script.NUMBER_DRAWN_APART) {
            // against the rules, and the seal has come first: the publisher is told, nothing is lost silently
            assertThat(verdicts).allMatch(verdict -> verdict.lost().isEmpty() && !verdict.stuck());
            assertThat(verdicts)
                    .filteredOn(verdict -> !verdict.harmed().isEmpty())
                    .isNotEmpty()
                    .allSatisfy(verdict -> assertThat(verdict.harmed())
                            .singleElement()
                            .asString()
                            .contains("duplicate key"));
        } else {
            assertThat(verdicts).allMatch(Verdict::isClean);
        }
        Set<Script> leaveVoids = EnumSet.of(Script.LATE_ROLLBACK, Script.CACHED_NUMBERS);
        leaveVoids.add(Script.NEWCOMER_AFTER_A_GAP);
        if (leaveVoids.contains(script)) {
            assertThat(verdicts).allMatch(verdict -> verdict.voids() > 0);
        } else if (script != Script.NUMBER_DRAWN_APART) {
            assertThat(verdicts).allMatch(verdict -> verdict.voids() == 0);
        }
    }
}
