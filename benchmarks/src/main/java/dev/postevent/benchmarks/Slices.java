package dev.postevent.benchmarks;

import static org.awaitility.Awaitility.await;

import dev.postevent.testing.PostgresFixture;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/**
 * One build's side of {@link Beside}: for each line of its standard input, {@code P4 MILLISECONDS}, {@code P7 EVENTS} or {@code P13
 * MILLISECONDS EVENTS_PER_TRANSACTION}, one short run of that scenario, and its figures in a line that begins with {@value #MARK}.
 *
 * <p>Uses nothing that an older build lacks, so that it can be compiled against one.
 */
public final class Slices {
    static final String MARK = "slice ";
    private static final int PUBLISHERS = 16;
    private static final int P13_THREADS = 4;
    private static final int DATA_BYTES = 1_024;

    private Slices() {}

    /** See the class. */
    public static void main(String... arguments) {
        int status = 0;
        try {
            run();
        } catch (Exception | Error e) {
            e.printStackTrace(); // whoever started this reads that, and the end of the output
            status = 1;
        }
        System.exit(status); // threads of the transaction manager are no daemons
    }

    private static void run() throws Exception {
        try (Arena arena = new Arena();
                BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                String[] words = order.split(" ");
                int amount = Integer.parseInt(words[1]);
                arena.settle();
                Sample sample = switch (words[0]) {
                    case "P4" -> publishedAndHandled(arena, amount);
                    case "P7" -> Latency.ours(arena, amount, Map.of());
                    case "P13" -> published(arena, amount, Integer.parseInt(words[2]));
                    default -> throw new IllegalArgumentException("no slices of " + words[0]);
                };
                System.out.println(MARK + sample.value() + " " + sample.seconds() + " " + sample.jvmCpu() + " "
                        + sample.databaseCpu());
            }
        }
    }

    /** As {@link Publish}, with nobody who consumes. */
    private static Sample published(Arena arena, long millis, int perTransaction) throws Exception {
        PostgresFixture.Db db = arena.database();
        try (Node node = Node.publisher(db, Map.of())) {
            Meter meter = arena.meter();
            return meter.rate(Publishers.fullSpeed(
                    P13_THREADS, millis, new Publishing(DATA_BYTES).throughUs(node, perTransaction)));
        } finally {
            arena.drop(db);
        }
    }

    /** As {@link Live}, until all is handled: what is left at the end of publishing would be work that is not counted. */
    private static Sample publishedAndHandled(Arena arena, long millis) throws Exception {
        PostgresFixture.Db db = arena.database();
        try (Node node = Node.observer(db, Map.of()).awaitStreaming()) {
            Publishing publishing = new Publishing(DATA_BYTES);
            Tally tally = node.anew();
            Meter meter = arena.meter();
            long published = Publishers.fullSpeed(PUBLISHERS, millis, publishing.throughUs(node, 1));
            await().pollInterval(Duration.ofMillis(5)).atMost(Node.LIMIT).until(() -> tally.count() >= published);
            Sample sample = meter.rate(published);
            node.checkDone();
            tally.check(published);
            return sample;
        } finally {
            arena.drop(db);
        }
    }
}
