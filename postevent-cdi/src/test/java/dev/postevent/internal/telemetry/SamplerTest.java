package dev.postevent.internal.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class SamplerTest {
    private final AtomicLong now = new AtomicLong(7);
    private final Queue<Runnable> pool = new ArrayDeque<>();
    private final Queue<Runnable> later = new ArrayDeque<>();
    private final List<Long> read = new ArrayList<>();
    private boolean fails;
    private final Sampler sampler = new Sampler(this::read, pool::add, new TimerByHand(), now::get);

    /** Keeps what is due later. */
    private final class TimerByHand extends ScheduledThreadPoolExecutor {
        TimerByHand() {
            super(0);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
            assertThat(unit.toMillis(delay)).isEqualTo(Sampler.EVERY.toMillis());
            later.add(task);
            return super.schedule(() -> {}, 1, TimeUnit.HOURS);
        }
    }

    private List<Reading> read() {
        if (fails) {
            throw new IllegalStateException("the database is away");
        }
        read.add(now.get());
        return List.of(new Reading(Metric.FAULTS, read.size(), Map.of()));
    }

    private void tick() {
        now.addAndGet(Sampler.EVERY.toNanos());
        later.remove().run();
        runPool();
    }

    private void runPool() {
        while (!pool.isEmpty()) {
            pool.remove().run();
        }
    }

    @Test
    void whoCollectsWaitsForNothing() {
        assertThat(sampler.collected()).isNull();
        assertThat(read).isEmpty();
        runPool();
        now.addAndGet(Duration.ofMillis(1500).toNanos());
        assertThat(sampler.collected())
                .containsExactly(
                        new Reading(Metric.FAULTS, 1, Map.of()), new Reading(Metric.SAMPLE_AGE, 1.5, Map.of()));
    }

    @Test
    void nothingIsReadWhereNobodyCollects() {
        assertThat(pool).isEmpty();
        assertThat(later).isEmpty();
    }

    @Test
    void numbersStayFreshForAsLongAsSomebodyCollects() {
        sampler.collected();
        runPool();
        for (int i = 0; i < 12; i++) {
            tick();
        }
        assertThat(read).hasSize(13);
        assertThat(sampler.collected()).contains(new Reading(Metric.SAMPLE_AGE, 0, Map.of()));
        assertThat(later).as("one at a time").hasSize(1);
    }

    @Test
    void itEndsSomeTimeAfterTheLastOneCollectedAndBeginsAnew() {
        sampler.collected();
        runPool();
        now.addAndGet(Sampler.KEPT.toNanos());
        tick();
        assertThat(read).hasSize(1);
        assertThat(later).isEmpty();
        assertThat(sampler.collected()).as("no numbers of then").isNull();
        runPool();
        assertThat(sampler.collected()).contains(new Reading(Metric.FAULTS, 2, Map.of()));
    }

    @Test
    void whatCannotBeReadGetsOlder() {
        sampler.collected();
        runPool();
        fails = true;
        tick();
        assertThat(sampler.collected())
                .contains(
                        new Reading(Metric.FAULTS, 1, Map.of()),
                        new Reading(Metric.SAMPLE_AGE, Sampler.EVERY.toSeconds(), Map.of()));
    }

    @Test
    void afterTheEndThereIsNothing() {
        sampler.collected();
        sampler.end();
        runPool();
        assertThat(sampler.collected()).isNull();
        later.remove().run();
        assertThat(later).isEmpty();
    }
}
