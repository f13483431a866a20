package dev.postevent.grpc.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** G9: whoever reads much leaves threads to the others, and takes turns with them. */
class SharesTest {
    /** Each has a thread, and ends when it is run. */
    private final Deque<Runnable> begun = new ArrayDeque<>();

    private final List<String> read = new ArrayList<>();

    private static void ask(Shares shares, String principal, int reads, List<String> read) {
        for (int i = 0; i < reads; i++) {
            shares.of(principal).execute(() -> read.add(principal));
        }
    }

    @Test
    void aPrincipalHasNoMoreThreadsThanAreLeftAndWaitsForThemToALimit() {
        Shares shares = new Shares(begun::add, 4, 64);
        ask(shares, "a", 2 + 64, read);
        assertThat(begun).hasSize(2);
        assertThat(shares.waiting()).isEqualTo(64);
        assertThatThrownBy(() -> ask(shares, "a", 1, read)).isInstanceOf(RejectedExecutionException.class);
        ask(shares, "b", 10, read);
        assertThat(begun).as("one of the two that were left").hasSize(3);
        ask(shares, "c", 10, read);
        assertThat(begun).hasSize(4);
        ask(shares, "d", 10, read);
        assertThat(begun).as("no thread is left").hasSize(4);
        while (!begun.isEmpty()) {
            begun.remove().run();
        }
        assertThat(read).hasSize(66 + 30);
        assertThat(shares.waiting()).isZero();
    }

    @Test
    void thoseThatWaitTakeTurns() {
        Shares shares = new Shares(begun::add, 1, 64);
        ask(shares, "a", 5, read);
        ask(shares, "b", 2, read);
        ask(shares, "c", 1, read);
        while (!begun.isEmpty()) {
            begun.remove().run();
        }
        assertThat(read).containsExactly("a", "a", "b", "c", "a", "b", "a", "a");
    }

    @Test
    void aReadThatFailsHoldsUpNobody() {
        Shares shares = new Shares(begun::add, 1, 64);
        shares.of("a").execute(() -> {
            throw new StackOverflowError("as if");
        });
        ask(shares, "a", 1, read);
        begun.remove().run();
        begun.remove().run();
        assertThat(read).containsExactly("a");
    }

    @Test
    void whereNoThreadCanBeMadeTheReadIsNotBegunAndTheNextOneIs() {
        List<Error> none = new ArrayList<>();
        Executor pool = task -> {
            if (!none.isEmpty()) {
                throw none.remove(0);
            }
            begun.add(task);
        };
        Shares shares = new Shares(pool, 2, 64);
        none.add(new OutOfMemoryError("unable to create native thread"));
        assertThatThrownBy(() -> ask(shares, "a", 1, read)).isInstanceOf(OutOfMemoryError.class);
        assertThat(shares.waiting()).isZero();
        ask(shares, "a", 2, read);
        assertThat(begun).hasSize(1);
        none.add(new OutOfMemoryError("unable to create native thread"));
        begun.remove().run();
        assertThat(read).as("the second by the thread of the first").containsExactly("a", "a");
        assertThat(begun).isEmpty();
    }

    @Test
    void whereTheServerIsStoppedWhatWaitsIsForgotten() {
        List<RejectedExecutionException> stopped = new ArrayList<>();
        Shares shares = new Shares(
                task -> {
                    if (!stopped.isEmpty()) {
                        throw stopped.get(0);
                    }
                    begun.add(task);
                },
                1,
                64);
        ask(shares, "a", 5, read);
        stopped.add(new RejectedExecutionException("stopped"));
        begun.remove().run();
        assertThat(read).hasSize(1);
        assertThat(shares.waiting()).isZero();
        assertThatThrownBy(() -> ask(shares, "b", 1, read)).isInstanceOf(RejectedExecutionException.class);
    }

    /** Somebody's task that no thread could be had for is neither lost nor taken for the one that is added then. */
    @Test
    void whereThreadsCannotBeHadEachIsToldOfItsOwnTaskAndTheOthersWait() {
        int[] failures = {0};
        boolean[] waited = {false};
        Shares shares = new Shares(
                task -> {
                    if (failures[0] > 0) {
                        failures[0]--;
                        throw new OutOfMemoryError("no thread");
                    }
                    begun.add(task);
                },
                4,
                64);
        ask(shares, "o", 1, read);
        ask(shares, "p", 1, read);
        ask(shares, "s", 1, read);
        List<Throwable> told = new ArrayList<>();
        shares.of("o").execute(() -> {
            read.add("o");
            failures[0] = 1;
            told.add(catchThrowable(() -> ask(shares, "x", 1, read)));
            shares.beginWaiting(); // as is done now and then
            waited[0] = begun.size() == 3;
        });
        ask(shares, "p", 1, read);
        ask(shares, "s", 1, read);
        assertThat(begun).hasSize(3);

        failures[0] = 1;
        begun.removeLast().run(); // no thread can be had for what o waits for, so the one of s does it

        assertThat(told).singleElement().isInstanceOf(OutOfMemoryError.class);
        assertThat(waited[0]).as("what waited without need is begun").isTrue();
        while (!begun.isEmpty()) {
            begun.remove().run();
        }
        assertThat(read).containsExactlyInAnyOrder("o", "o", "p", "p", "s", "s");
        assertThat(shares.waiting()).isZero();
        ask(shares, "x", 3, read);
        assertThat(begun).as("all threads are idle, and x has half of them").hasSize(2);
    }

    /** One read of a principal, as the naive twin keeps it. */
    private record Asked(String principal, int number) {}

    @Test
    void eachTaskIsDoneOnceAndThreadsAreIdleOnlyWhereSomebodyHasAsManyAsAreLeft() {
        int rejected = 0;
        for (long seed = 0; seed < 50; seed++) {
            Random random = new Random(seed);
            int threads = 1 + random.nextInt(6);
            int principals = 1 + random.nextInt(6);
            List<Asked> order = new ArrayList<>();
            List<Runnable> running = new ArrayList<>();
            Shares shares = new Shares(running::add, threads, 10);
            Map<String, Integer> asked = new HashMap<>();
            Map<String, Integer> ended = new HashMap<>();
            for (int step = 0; step < 2_000; step++) {
                if (random.nextBoolean()) {
                    String principal = "p" + random.nextInt(principals);
                    Asked one = new Asked(principal, asked.getOrDefault(principal, 0));
                    try {
                        shares.of(principal).execute(() -> {
                            order.add(one);
                            ended.merge(principal, 1, Integer::sum);
                        });
                        asked.merge(principal, 1, Integer::sum);
                    } catch (RejectedExecutionException e) {
                        rejected++;
                    }
                } else if (!running.isEmpty()) {
                    running.remove(random.nextInt(running.size())).run();
                }
                int open = asked.values().stream().mapToInt(Integer::intValue).sum() - order.size();
                assertThat(running).as("seed %s", seed).hasSizeLessThanOrEqualTo(threads);
                assertThat(shares.waiting()).as("seed %s", seed).isEqualTo(open - running.size());
                if (shares.waiting() > 0 && running.size() < threads) {
                    assertThat(running).as("seed %s: idle threads", seed).hasSizeGreaterThanOrEqualTo(threads / 2);
                }
            }
            while (!running.isEmpty()) {
                running.remove(0).run();
            }
            assertThat(ended).as("seed %s", seed).isEqualTo(asked);
        }
        assertThat(rejected).as("the limit is tried").isPositive();
    }
}
