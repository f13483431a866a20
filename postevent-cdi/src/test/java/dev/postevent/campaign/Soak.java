package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;

/**
 * A steady load on the nodes of a {@link Campaign}, with one of them killed every so often, and samples of what must not grow.
 *
 * <p>The shop publishes, the nodes only observe. One node is never killed, so that its heap can be compared over the whole time;
 * where it streams, it is stopped for longer than the lease, so that the stream moves, too.
 */
final class Soak {
    private static final Duration KILL_EVERY = Duration.ofSeconds(30);
    private static final int PERCENT_OF_CEILING = 70;
    /** Less only shows that it works, with half of what is handled beside publishers that go flat out. */
    private static final Duration SHORT = Duration.ofMinutes(1);

    private static final int STEPS_MAX = 8;
    private static final double CLOSE_ENOUGH = 1.15;
    private static final long MEGABYTE = 1 << 20;

    private final Campaign site;
    private final Duration length;
    private final Duration window;
    private final List<Sample> samples = new ArrayList<>();
    private double ceiling;
    private int kills;
    private int freezes;
    private long committed;

    /** What is so at a moment: bytes, and positions of lag. */
    private record Sample(long seconds, long heap, long retainedWal, long walFiles, long lag, long committed) {}

    Soak(Campaign site, Duration length) {
        this.site = site;
        this.length = length;
        this.window = Duration.ofSeconds(Math.max(3, Math.min(20, length.toSeconds() / 20)));
    }

    private NodeProcess spared() {
        return site.nodes().get(0);
    }

    /**
     * The greatest rate, in events a second, that is handled without a lag that grows, between one that is and one that is not; a
     * guess on the safe side if the soak is short.
     */
    void measureCeiling() {
        pace(Publishing.FLAT_OUT);
        site.pause(window); // code is compiled and pools are filled meanwhile
        Window flatOut = window();
        // publishers that go flat out take the machine from the nodes: what is handled beside them is less than can be
        if (length.compareTo(SHORT) < 0) {
            ceiling = Math.max(2, flatOut.handled() / 2);
            drain();
            return;
        }
        double rate = Math.max(2, (flatOut.published() + flatOut.handled()) / 2);
        double sustained = 0;
        double tooMuch = flatOut.lagGrowth() > 0 ? flatOut.published() : Double.MAX_VALUE;
        for (int i = 0; i < STEPS_MAX && sustained * CLOSE_ENOUGH < tooMuch; i++) {
            drain();
            pace(rate);
            site.pause(window);
            Window seen = window();
            boolean keepsUp = seen.lagGrowth() < rate * 0.05 * window.toSeconds() + 50;
            boolean publishes = seen.published() > rate * 0.8;
            System.out.printf(
                    Locale.ROOT,
                    "soak: at %.0f events/s published %.0f, handled %.0f, lag grew by %d%n",
                    rate,
                    seen.published(),
                    seen.handled(),
                    seen.lagGrowth());
            if (keepsUp && publishes) {
                sustained = Math.max(sustained, rate);
            } else {
                tooMuch = Math.min(tooMuch, rate);
            }
            rate = sustained == 0
                    ? tooMuch / 2
                    : tooMuch == Double.MAX_VALUE ? sustained * 2 : Math.sqrt(sustained * tooMuch);
        }
        assertThat(sustained).as("a rate that is handled without a growing lag").isPositive();
        ceiling = sustained;
        drain();
    }

    private record Window(double published, double handled, long lagGrowth) {}

    private Window window() {
        long lagBefore = lag();
        long before = site.shop().figures()[1];
        long began = System.nanoTime();
        site.pause(window);
        long published = site.shop().figures()[1] - before;
        double seconds = (System.nanoTime() - began) / 1e9;
        long growth = lag() - lagBefore;
        return new Window(published / seconds, (published - growth) / seconds, growth);
    }

    private long lag() {
        return spared().figures()[2];
    }

    private void drain() {
        pace(Publishing.NEXT_TO_NOTHING);
        await("what is there is handled")
                .pollInterval(Duration.ofMillis(500))
                .atMost(Duration.ofMinutes(4))
                .until(() -> lag() < 50); // what is held for its next try counts, too
    }

    private void pace(double eventsPerSecond) {
        site.shop().order("pace " + eventsPerSecond);
    }

    /** Publishes at its pace and kills for the whole length. */
    void run() {
        pace(ceiling * PERCENT_OF_CEILING / 100);
        long began = System.nanoTime();
        long end = began + length.toNanos();
        long nextKill = began + KILL_EVERY.toNanos() / 2;
        long sampleEvery = Math.max(1_000, Math.min(15_000, length.toMillis() / 40));
        while (System.nanoTime() < end) {
            if (System.nanoTime() >= nextKill) {
                nextKill += KILL_EVERY.toNanos();
                disturb();
            }
            samples.add(sample(began));
            site.pause(Duration.ofMillis(sampleEvery));
        }
        committed = site.shop().figures()[1];
    }

    private void disturb() {
        if (site.isStreamer(spared())) {
            freezes++;
            NodeFaults.freeze(site, spared());
        } else {
            NodeProcess node = site.nodes().get(1 + kills % (site.nodes().size() - 1));
            kills++;
            NodeFaults.kill(site, node);
        }
    }

    private Sample sample(long began) {
        long[] figures = spared().figures();
        return new Sample(
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began),
                figures[0],
                site.db()
                        .number("select coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0)"
                                + " from pg_replication_slots"),
                site.db().number("select sum(size) from pg_ls_waldir()"),
                figures[2],
                site.shop().figures()[1]);
    }

    /** What was seen and whether it is flat; throws after writing if it is not. */
    void report(Report report) {
        report.line("ceiling measured", String.format(Locale.ROOT, "%.0f events/s, 3 subscriptions", ceiling));
        report.line(
                "load",
                String.format(
                        Locale.ROOT, "%.0f events/s (%d %%)", ceiling * PERCENT_OF_CEILING / 100, PERCENT_OF_CEILING));
        report.line("load reached", committedRate() + " events/s");
        report.line("length of the load", length.toSeconds() + " s");
        report.line("nodes killed (kill -9) in turn, and started again", kills);
        report.line("streaming node stopped for twice the lease (SIGSTOP)", freezes);
        series(report, "heap after a collection of the node that lived throughout", MEGABYTE, " MB", Sample::heap);
        series(report, "WAL retained by the slot", MEGABYTE, " MB", Sample::retainedWal);
        series(report, "pg_wal", MEGABYTE, " MB", Sample::walFiles);
        series(report, "lag", 1, " positions", Sample::lag);
        report.line("heap is flat", verdict(isFlat(Sample::heap, 1.25, 24 * MEGABYTE)));
        report.line("retained WAL is flat", verdict(isFlat(Sample::retainedWal, 1.5, 128 * MEGABYTE)));
        report.line("lag is flat", verdict(isFlat(Sample::lag, 2, (long) (ceiling * 30))));
    }

    private static String verdict(boolean good) {
        return good ? "yes" : "NO";
    }

    private long committedRate() {
        Sample last = samples.get(samples.size() - 1);
        return (last.committed() - samples.get(0).committed())
                / Math.max(1, last.seconds() - samples.get(0).seconds());
    }

    private void series(Report report, String name, long unit, String unitName, ToLongFunction<Sample> of) {
        report.line(
                name + ": after 1/4, at the end, greatest",
                median(quarter(1), of) / unit + ", " + median(quarter(3), of) / unit + ", "
                        + samples.stream().mapToLong(of).max().orElseThrow() / unit + unitName);
    }

    /** Whether the last quarter is not above the second by more than a factor and some room. */
    private boolean isFlat(ToLongFunction<Sample> of, double factor, long room) {
        return median(quarter(3), of) <= median(quarter(1), of) * factor + room;
    }

    private List<Sample> quarter(int number) {
        return samples.subList(
                samples.size() * number / 4,
                Math.max(samples.size() * (number + 1) / 4, samples.size() * number / 4 + 1));
    }

    private static long median(List<Sample> some, ToLongFunction<Sample> of) {
        return some.stream()
                .mapToLong(of)
                .sorted()
                .skip(some.size() / 2)
                .findFirst()
                .orElseThrow();
    }

    void check() {
        assertThat(committed).as("events published").isPositive();
        assertThat(isFlat(Sample::heap, 1.25, 24 * MEGABYTE))
                .as("the heap is flat")
                .isTrue();
        assertThat(isFlat(Sample::retainedWal, 1.5, 128 * MEGABYTE))
                .as("what the slot retains is flat")
                .isTrue();
    }
}
