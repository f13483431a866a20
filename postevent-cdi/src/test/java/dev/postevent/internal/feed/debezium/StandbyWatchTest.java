package dev.postevent.internal.feed.debezium;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.feed.debezium.SlotState.Holder;
import java.time.Duration;
import java.time.OffsetDateTime;
import org.junit.jupiter.api.Test;

/** What a waiting node makes of the backend that holds the slot. */
class StandbyWatchTest {
    private static final OffsetDateTime BORN = OffsetDateTime.parse("2026-11-23T12:00:00Z");
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final BackendName name = new BackendName("shop", "a", 0x12ab);
    private final StandbyWatch watch = new StandbyWatch(FeedTiming.DEFAULT, name);

    private static Holder holder(int pid, String name, OffsetDateTime started) {
        return new Holder(pid, name, "r", null, true, started);
    }

    private static SlotState slot(Holder holder, String confirmed, long lag) {
        return new SlotState(true, "logical", "reserved", holder, confirmed, lag, lag);
    }

    @Test
    void aSisterThatMovesOrHasNothingToDoIsLeftAlone() {
        Holder sister = holder(7, "postevent shop/b 0001", BORN);
        for (int second = 0; second < 100; second++) {
            String confirmed = second < 50 ? "0/" + second : "0/50";
            assertThat(watch.look(slot(sister, confirmed, second < 50 ? 10 : 0), sister, second * SECOND))
                    .isNull();
            assertThat(watch.stale(sister, BORN, second * SECOND)).isFalse();
        }
    }

    @Test
    void aSisterThatDoesNotMoveCausesADoubtEveryTenSeconds() {
        Holder sister = holder(7, "postevent shop/b 0001", BORN);
        for (int second = 0; second < 35; second++) {
            String doubt = watch.look(slot(sister, "0/1", 10), sister, second * SECOND);
            if (second > 0 && second % 10 == 0) {
                assertThat(doubt).contains("does not move");
            } else {
                assertThat(doubt).as("second %s", second).isNull();
            }
        }
    }

    @Test
    void aStrangerCausesADoubtAtOnceAndEveryTenSecondsAlsoIfItMoves() {
        Holder stranger = holder(7, "postevent shopping/a 0001", BORN.minusDays(1));
        for (int second = 0; second < 35; second++) {
            String doubt = watch.look(slot(stranger, "0/" + second, 10), stranger, second * SECOND);
            if (second % 10 == 0) {
                assertThat(doubt).contains("no node of this application");
            } else {
                assertThat(doubt).as("second %s", second).isNull();
            }
            assertThat(watch.stale(stranger, BORN, second * SECOND)).isFalse();
        }
    }

    @Test
    void aFormerLifeOfThisNodeIsStaleWhenTheGraceIsOver() {
        Holder former = holder(7, "postevent shop/a 9999", BORN.minusSeconds(1));
        assertThat(watch.look(slot(former, "0/1", 0), former, 0)).isNull();

        assertThat(watch.stale(former, BORN, 5 * SECOND - 1)).isFalse();
        assertThat(watch.stale(former, BORN, 5 * SECOND)).isTrue();
        // another process that took its place has a grace of its own
        Holder next = holder(8, "postevent shop/a 9998", BORN.minusSeconds(1));
        assertThat(watch.look(slot(next, "0/1", 0), next, 6 * SECOND)).isNull();
        assertThat(watch.stale(next, BORN, 10 * SECOND)).isFalse();
        assertThat(watch.stale(next, BORN, 11 * SECOND)).isTrue();
    }

    @Test
    void aSecondNodeOfTheSameNameThatIsYoungerIsNeverStale() {
        Holder twin = holder(7, "postevent shop/a 9999", BORN);
        watch.look(slot(twin, "0/1", 0), twin, 0);
        assertThat(watch.stale(twin, BORN, 1000 * SECOND)).isFalse();
        Holder unseen = holder(7, "postevent shop/a 9999", null);
        assertThat(watch.stale(unseen, BORN, 1000 * SECOND)).isFalse();
    }

    @Test
    void anEngineOfThisLifeIsStaleAtOnce() {
        Holder own = holder(7, name.stream(), BORN.plusSeconds(9));
        watch.look(slot(own, "0/1", 0), own, 0);
        assertThat(watch.stale(own, BORN, 0)).isTrue();
    }

    @Test
    void namesFitIntoWhatPostgresKeepsAndStayDifferent() {
        String host = "a-host-with-a-name-that-goes-on-and-on-until-it-is-longer-than-anybody-needs.example.com";
        BackendName one = new BackendName("x".repeat(40), host + "1", -1);
        BackendName two = new BackendName("x".repeat(40), host + "2", -1);
        assertThat(one.control()).hasSizeLessThanOrEqualTo(63).endsWith(" ffff control");
        assertThat(BackendName.engine(one.stream())).hasSizeLessThanOrEqualTo(63);
        assertThat(one.stream()).isNotEqualTo(two.stream());
        assertThat(one.isSister(two.stream())).isTrue();
        assertThat(one.isSameNode(two.stream())).isFalse();
        BackendName odd = new BackendName("shop", "k\u00f6ln 1", 1);
        assertThat(odd.stream()).matches("[ -~]+").isNotEqualTo(new BackendName("shop", "k\u00e4ln 1", 1).stream());
        assertThat(name.stream()).isEqualTo("postevent shop/a 12ab");
        assertThat(name.isSister("postevent shopping/a 12ab")).isFalse();
        assertThat(name.isSameNode("postevent shop/ab 12ab")).isFalse();
    }
}
