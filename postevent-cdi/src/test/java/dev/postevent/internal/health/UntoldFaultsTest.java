package dev.postevent.internal.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UntoldFaultsTest {
    private final List<String> log = new ArrayList<>();
    private final UntoldFaults untold = new UntoldFaults("shop", log::add);

    private void areTheSame(String one, String other) {
        assertThat(lines(one, other)).as(one + " | " + other).isEqualTo(1);
    }

    private void differ(String one, String other) {
        assertThat(lines(one, other)).as(one + " | " + other).isEqualTo(2);
    }

    private int lines(String one, String other) {
        untold.are(List.of());
        log.clear();
        untold.are(List.of(one));
        untold.are(List.of(other));
        return log.size();
    }

    @Test
    void whatArisesAndWhatIsOverIsLoggedOnce() {
        untold.are(List.of());
        untold.are(List.of("gap at 7 held for 61 s"));
        untold.are(List.of("gap at 7 held for 62 s"));
        assertThat(log).containsExactly("health of postevent shop: gap at 7 held for 61 s");
        untold.are(List.of("gap at 7 held for 63 s", "FATAL\n  no\tconnection"));
        untold.are(List.of("FATAL\n  no\tconnection", "gap at 7 held for 64 s"));
        untold.are(List.of());
        untold.are(List.of());
        assertThat(log)
                .containsExactly(
                        "health of postevent shop: gap at 7 held for 61 s",
                        "health of postevent shop: gap at 7 held for 63 s; FATAL no connection",
                        "health of postevent shop: the faults are over");
        untold.are(List.of("x".repeat(100_000)));
        assertThat(log.get(3)).hasSizeLessThan(5_000);
    }

    @Test
    void otherNumbersAreTheSameFault() {
        areTheSame("gap at 4711 held for 90 s", "gap at 4712 held for 5 s");
        areTheSame("gap at 7, held by pid 4711 (since 9s)", "gap at 8, held by pid 12 (since 120ms)");
        areTheSame("not since 2026-11-28T15:32:07.123456Z", "not since 2027-01-01T00:00:00Z");
        areTheSame("since 2026-11-28 15:32:07.1+00: no", "since 2026-11-29 15:32:08+00: no");
        areTheSame("positions 1-3, 5 are missing", "positions 10-30, 51 are missing");
        areTheSame("the slot stands at 0/1A2B3C", "the slot stands at 2/FF");
        areTheSame("42 events (1.5 MB, 12%) wait.", "7 events (20 MB, 3%) wait.");
        areTheSame("x=1", "x=22");
    }

    @Test
    void otherNamesAndCodesAreOtherFaults() {
        differ("PSTEV31041: refused", "PSTEV31042: refused");
        differ("refused [SQLSTATE 42501]", "refused [SQLSTATE 57014]");
        differ("refused (SQLSTATE 57P01)", "refused (SQLSTATE 57P03)");
        differ("topic orders2 stands still", "topic orders3 stands still");
        differ("topic orders_2 stands still", "topic orders_3 stands still");
        differ("node host7-1 is away", "node host7-2 is away");
        differ("held by prepared transaction '4711'", "held by prepared transaction '4712'");
        differ("held by prepared transaction '131077_a 1'", "held by prepared transaction '131077_b 1'");
        differ("no connection to 10.0.0.1:5432", "no connection to 10.0.0.2:5432");
        differ("no connection to localhost:5432", "no connection to localhost:5433");
        differ("cert:c29/c29 is away", "cert:c30/c30 is away");
        differ("3f2a is away", "4f2a is away");
    }
}
