package dev.postevent.internal.warnings;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.Warning;
import dev.postevent.Warning.Kind;
import dev.postevent.Warning.Level;
import dev.postevent.internal.warnings.ServerFacts.Found;
import dev.postevent.internal.warnings.ServerFacts.Holder;
import dev.postevent.internal.warnings.ServerFacts.Prepared;
import dev.postevent.internal.warnings.ServerFacts.Slot;
import dev.postevent.internal.warnings.ServerFacts.Use;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** What of a server's facts is told, and when it is urgent. */
class JudgementTest {
    private static final DataSource NOT_ASKED = null;
    private static final Watched WATCHED = new Watched("jdbc/app", NOT_ASKED, Map.of("inbox", 15), "postevent_shop");
    private static final Watched NO_STREAM = new Watched("jdbc/app", NOT_ASKED, Map.of("inbox", 15), null);
    private static final Use FEW = new Use(1, 100);
    private static final long MIB = 1 << 20;

    private static Slot slot(boolean active, String status, long retained, OptionalLong safe, OptionalLong unread) {
        return new Slot(active, status, retained, safe, unread);
    }

    private static Slot read() {
        return slot(true, "reserved", MIB, OptionalLong.of(1_000 * MIB), OptionalLong.empty());
    }

    private static Found found(Slot slot) {
        return new Found(
                Optional.ofNullable(slot), Optional.empty(), Optional.empty(), Optional.of(Map.of("inbox", 15)));
    }

    private static ServerFacts facts(Use connections, Use slots, Found found) {
        return new ServerFacts("shop", 1, "logical", true, connections, slots, FEW, found);
    }

    private static List<Warning> judged(Watched watched, ServerFacts facts) {
        return Judgement.of(watched, facts, Limits.USUAL, false);
    }

    private static Warning one(ServerFacts facts) {
        List<Warning> all = judged(WATCHED, facts);
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    @Test
    void aServerWithRoomIsNotWarnedOf() {
        assertThat(judged(WATCHED, facts(FEW, FEW, found(read())))).isEmpty();
        assertThat(judged(NO_STREAM, facts(FEW, FEW, found(null)))).isEmpty();
    }

    @Test
    void nineOfTenConnectionsAreWorthALookAndAllAreUrgent() {
        assertThat(judged(WATCHED, facts(new Use(89, 100), FEW, found(read())))).isEmpty();
        assertThat(one(facts(new Use(90, 100), FEW, found(read()))).level()).isEqualTo(Level.WATCH);
        Warning full = one(facts(new Use(100, 100), FEW, found(read())));
        assertThat(full.level()).isEqualTo(Level.URGENT);
        assertThat(full.fact()).contains("shop", "100 of the 100");
    }

    @Test
    void aServerOfTwoDatabasesIsJudgedOnce() {
        ServerFacts full = facts(new Use(100, 100), new Use(2, 2), found(read()));
        assertThat(Judgement.of(WATCHED, full, Limits.USUAL, true)).isEmpty();
    }

    @Test
    void whereNoSlotIsLeftItIsUrgentForWhoHasNone() {
        Use all = new Use(2, 2);
        assertThat(one(facts(FEW, all, found(read()))).level()).isEqualTo(Level.WATCH);
        List<Warning> without = judged(WATCHED, facts(FEW, all, found(null)));
        assertThat(without).extracting(Warning::kind).containsExactly(Kind.SLOT_MISSING, Kind.SLOTS);
        assertThat(without.get(1).level()).isEqualTo(Level.URGENT);
        assertThat(without.get(1).next()).contains("max_replication_slots");
    }

    @Test
    void aSlotWithoutAReaderIsToldAfterAMinute() {
        Slot justNow = slot(false, "reserved", MIB, OptionalLong.empty(), OptionalLong.of(59));
        assertThat(judged(WATCHED, facts(FEW, FEW, found(justNow)))).isEmpty();
        Slot long2 = slot(false, "reserved", MIB, OptionalLong.empty(), OptionalLong.of(125));
        assertThat(one(facts(FEW, FEW, found(long2))).fact())
                .isEqualTo(
                        "The replication slot 'postevent_shop' has no reader since 2 min; the server keeps 1.0 MiB of"
                                + " WAL for it.");
        Slot before17 = slot(false, "reserved", MIB, OptionalLong.empty(), OptionalLong.empty());
        assertThat(one(facts(FEW, FEW, found(before17))).kind()).isEqualTo(Kind.SLOT_INACTIVE);
    }

    @Test
    void theNearerTheEndOfTheWalTheMoreUrgent() {
        assertThat(judged(WATCHED, facts(FEW, FEW, found(kept("reserved", 69, 31)))))
                .isEmpty();
        assertThat(one(facts(FEW, FEW, found(kept("extended", 70, 30)))).level())
                .isEqualTo(Level.WATCH);
        Warning urgent = one(facts(FEW, FEW, found(kept("extended", 95, 5))));
        assertThat(urgent.level()).isEqualTo(Level.URGENT);
        assertThat(urgent.fact()).contains("95.0 MiB", "100.0 MiB");
        assertThat(one(facts(FEW, FEW, found(kept("unreserved", 50, -1)))).level())
                .isEqualTo(Level.URGENT);
        assertThat(one(facts(FEW, FEW, found(kept("lost", 0, 0)))).kind()).isEqualTo(Kind.SLOT_LOST);
        Slot unlimited = slot(true, "extended", 16L << 30, OptionalLong.empty(), OptionalLong.empty());
        assertThat(one(facts(FEW, FEW, found(unlimited))).fact()).contains("16.0 GiB", "no limit");
    }

    private static Slot kept(String status, long mib, long safeMib) {
        return slot(true, status, mib * MIB, OptionalLong.of(safeMib * MIB), OptionalLong.empty());
    }

    @Test
    void tablesOfAnotherVersionAreNamed() {
        for (int version : List.of(14, 16)) {
            Found other = new Found(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.of(Map.of("inbox", version)));
            Warning warning = judged(NO_STREAM, facts(FEW, FEW, other)).get(0);
            assertThat(warning.kind()).isEqualTo(version < 15 ? Kind.SCHEMA_OLDER : Kind.SCHEMA_NEWER);
            assertThat(warning.fact()).contains("inbox", "version " + version, "made for 15");
        }
        Found unread = new Found(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
        assertThat(judged(NO_STREAM, facts(FEW, FEW, unread))).isEmpty();
    }

    @Test
    void whatWasForgottenIsNamedWithHowToEndIt() {
        Found old = new Found(
                Optional.empty(),
                Optional.of(new Prepared("'x''y\n'", "crm", "app", 7_500, 3)),
                Optional.of(new Holder(4711, "login 'anna'", "idle in transaction", OptionalLong.empty(), 2_000_000)),
                Optional.empty());
        List<Warning> both = judged(NO_STREAM, facts(FEW, FEW, old));
        assertThat(both.get(0).fact()).contains("'x''y\\u000a'", "database crm", "2 h 5 min", "2 more");
        assertThat(both.get(0).next()).contains("rollback prepared 'x''y\\u000a'");
        assertThat(both.get(1).fact()).contains("pid 4711", "anna", "idle in transaction", "2,000,000 transactions");
        assertThat(both.get(1).next()).contains("pg_terminate_backend(4711)");
    }

    @Test
    void timesAndSizesAreWrittenAsPeopleDo() {
        assertThat(Judgement.time(-3)).isEqualTo("0 s");
        assertThat(Judgement.time(59)).isEqualTo("59 s");
        assertThat(Judgement.time(60)).isEqualTo("1 min");
        assertThat(Judgement.time(3_600 + 61)).isEqualTo("1 h 1 min");
        assertThat(Judgement.time(86_400 * 2 + 3_600 * 4)).isEqualTo("2 d 4 h");
        assertThat(Judgement.bytes(-1)).isEqualTo("0 B");
        assertThat(Judgement.bytes(1_023)).isEqualTo("1023 B");
        assertThat(Judgement.bytes(1_536)).isEqualTo("1.5 KiB");
        assertThat(Judgement.bytes(5L << 50)).isEqualTo("5120.0 TiB");
    }
}
