package dev.postevent.internal.eventlog;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.eventlog.SettleStore.Bound;
import dev.postevent.internal.eventlog.SettleStore.Holders;
import dev.postevent.testing.build.Seeded;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** G6: how far a series of listings proves. */
@Seeded
final class ProofTest {
    private static final String TABLE = "one";

    @Test
    void ofOneListingNothingIsProvenWhileAnyOfItIsThere() {
        Proof proof = first(10, "a", "b");
        assertThat(proof.through()).isZero();
        proof = then(proof, 12, "b");
        assertThat(proof.through()).isZero();
        assertThat(proof.mayFill(3)).containsExactly("b");
        assertThat(then(proof, 15).through()).isEqualTo(15);
    }

    @Test
    void newcomersDoNotHoldUpWhatWasDrawnBeforeThem() {
        Proof proof = then(first(10, "a"), 20, "a", "b");
        assertThat(then(proof, 30, "b", "c").through()).isEqualTo(10);
        assertThat(then(proof, 30, "b", "c").mayFill(11)).containsExactly("b");
        assertThat(then(then(proof, 30, "b", "c"), 40, "c").through()).isEqualTo(20);
    }

    /** A savepoint rolled back lets the lock go; whoever comes again draws anew. */
    @Test
    void whoWasAwayInAListingIsANewcomer() {
        Proof away = then(first(10, "a"), 20);
        assertThat(then(away, 30, "a").through()).isEqualTo(20);
    }

    @Test
    void ofAnotherTableNothingIsProven() {
        Proof proof = then(first(10), 20);
        assertThat(proof.then(new Bound("two", 30), new Holders("two", Set.of("a")))
                        .through())
                .isZero();
        // emptied between the two statements of one listing
        assertThat(proof.then(new Bound(TABLE, 30), new Holders("two", Set.of()))
                        .through())
                .isZero();
        assertThat(Proof.of(new Bound(TABLE, 30), new Holders("two", Set.of())).through())
                .isZero();
    }

    @Test
    void ofTwoReadersTheOneThatHasSeenMoreIsKept() {
        Proof less = first(10);
        Proof more = first(20);
        Proof other = Proof.of(new Bound("two", 5), new Holders("two", Set.of()));
        assertThat(Proof.better(less, more)).isSameAs(more);
        assertThat(Proof.better(more, less)).isSameAs(more);
        assertThat(Proof.better(more, other)).isSameAs(other);
    }

    /** Transactions draw, commit and roll back between any two statements of two readers that share what they prove. */
    @Test
    void noPositionThatIsProvenMissingIsFilledLater() {
        for (long seed = 0; seed < 3_000; seed++) {
            new Twin(new Random(seed), seed).run();
        }
    }

    private static Proof first(long head, String... holders) {
        return Proof.of(new Bound(TABLE, head), new Holders(TABLE, Set.of(holders)));
    }

    private static Proof then(Proof proof, long head, String... holders) {
        return proof.then(new Bound(TABLE, head), new Holders(TABLE, Set.of(holders)));
    }

    /** A table with positions drawn under the lock, and readers whose statements are apart. */
    private static final class Twin {
        private final Random random;
        private final long seed;
        private final Map<String, List<Long>> open = new HashMap<>();
        private final List<Long> rows = new ArrayList<>();
        private long drawn;
        private long judged;
        private int begun;

        private Twin(Random random, long seed) {
            this.random = random;
            this.seed = seed;
        }

        private void run() {
            Proof shared = Proof.of(bound(), holders());
            Proof[] kept = {shared, shared};
            Bound[] bounds = new Bound[2];
            for (int step = 0; step < 200; step++) {
                publish();
                int reader = random.nextInt(2);
                if (bounds[reader] == null) {
                    kept[reader] = shared;
                    bounds[reader] = bound();
                } else {
                    Proof mine = kept[reader].then(bounds[reader], holders());
                    shared = Proof.better(shared, mine);
                    judged = Math.max(judged, mine.through());
                    bounds[reader] = null;
                }
            }
        }

        private Bound bound() {
            return new Bound(
                    TABLE, rows.stream().mapToLong(Long::longValue).max().orElse(0));
        }

        private Holders holders() {
            return new Holders(TABLE, Set.copyOf(open.keySet()));
        }

        private void publish() {
            switch (random.nextInt(3)) {
                case 0 -> open.put("t" + begun++, new ArrayList<>());
                case 1 -> any().ifPresent(one -> open.get(one).add(++drawn));
                default ->
                    any().ifPresent(one -> {
                        List<Long> mine = open.remove(one);
                        if (random.nextBoolean()) {
                            assertThat(mine)
                                    .as("seed " + seed + ": filled although judged missing through " + judged)
                                    .allMatch(position -> position > judged);
                            rows.addAll(mine);
                        }
                    });
            }
        }

        private java.util.Optional<String> any() {
            return open.keySet().stream()
                    .sorted()
                    .skip(open.isEmpty() ? 0 : random.nextInt(open.size()))
                    .findFirst();
        }
    }
}
