package dev.postevent.benchmarks;

import static org.awaitility.Awaitility.await;

import dev.postevent.StatusReport;
import dev.postevent.testing.PostgresFixture;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** P11: the same observer in the publisher's application, and in another one that has the topic over gRPC on loopback. */
final class Remote implements Scenario {
    private static final int DATA_BYTES = 1_024;
    private static final int PER_TRANSACTION = 100;
    private static final int WARM_UPS = 3;
    private static final Map<String, String> SERVES = Map.of(
            "postevent.grpc.server.port", "0",
            "postevent.grpc.server.address", "127.0.0.1",
            "postevent.grpc.server.allow.orders.read", "anonymous",
            "postevent.grpc.server.allow.orders.subscribe", "anonymous");
    private static final String LOCAL_LIVE = "local, live burst";
    private static final String REMOTE_LIVE = "remote, live burst";
    private static final String LOCAL_HISTORY = "local, history";
    private static final String REMOTE_HISTORY = "remote, history";

    @Override
    public List<String> ids() {
        return List.of("P11");
    }

    @Override
    public String title() {
        return "remote against local, 1 KiB events over loopback";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        int burst = ring.size().events(30_000);
        int history = ring.size().events(50_000);
        Arena arena = ring.arena();
        Contest contest = ring.contest()
                .contender(LOCAL_LIVE, () -> local(arena, 0, burst))
                .contender(REMOTE_LIVE, () -> remote(arena, 0, burst))
                .contender(LOCAL_HISTORY, () -> local(arena, history, 0))
                .contender(REMOTE_HISTORY, () -> remote(arena, history, 0))
                .run(ring.size().warmUps(WARM_UPS), ring.size().runs());
        return Outcome.of(
                contest,
                Verdict.atLeast(
                        "P11", "live, remote / local", contest.median(REMOTE_LIVE) / contest.median(LOCAL_LIVE), 0.9),
                Verdict.atLeast(
                        "P11",
                        "catch-up, remote / local",
                        contest.median(REMOTE_HISTORY) / contest.median(LOCAL_HISTORY),
                        0.9));
    }

    private static Sample local(Arena arena, int history, int burst) throws Exception {
        PostgresFixture.Db db = arena.database();
        if (history > 0) {
            fill(arena, db, history);
        }
        try (Node node = Node.observer(db, Map.of())) {
            return measured(arena, db, node, history, burst);
        } finally {
            arena.drop(db);
        }
    }

    private static Sample remote(Arena arena, int history, int burst) throws Exception {
        PostgresFixture.Db db = arena.database();
        PostgresFixture.Db inbox = arena.emptyDatabase();
        if (history > 0) {
            fill(arena, db, history);
        }
        try (Node shop = Node.publisher(db, SERVES)) {
            String address = "grpc://127.0.0.1:" + port(shop);
            // the source streams before the consumer comes, as it does in life
            shop.awaitStreaming();
            try (Node node = Node.observer(inbox, Map.of("postevent.topics.orders.remote.uri", address))) {
                return measured(arena, db, node, history, burst);
            }
        } finally {
            arena.drop(inbox);
            arena.drop(db);
        }
    }

    private static void fill(Arena arena, PostgresFixture.Db db, int events) {
        arena.fill(db, 1, events, PER_TRANSACTION, DATA_BYTES, Arena.SUBJECTS, false);
        db.execute("vacuum analyze postevent.orders");
    }

    private static Sample measured(Arena arena, PostgresFixture.Db outbox, Node node, int history, int burst)
            throws Exception {
        Meter meter = arena.meter();
        Tally tally = node.tally();
        if (history > 0) {
            while (tally.count() < history) {
                TimeUnit.MILLISECONDS.sleep(2); // between two looks
            }
            Sample sample = meter.rate(history, tally.firstNanos(), System.nanoTime());
            node.checkDone();
            tally.check(history);
            return sample;
        }
        node.awaitStreaming();
        tally.expect(burst);
        long began = System.nanoTime();
        arena.fill(outbox, 1, burst, PER_TRANSACTION, DATA_BYTES, Arena.SUBJECTS, true);
        Sample sample = meter.rate(burst, began, tally.await(Node.LIMIT));
        node.checkDone();
        tally.check(burst);
        return sample;
    }

    private static int port(Node shop) {
        await().atMost(Node.LIMIT).until(() -> {
            List<StatusReport.ServerStatus> servers =
                    shop.subscriptions().report().servers();
            return servers.size() == 1 && servers.get(0).listening();
        });
        return Integer.parseInt(String.valueOf(
                shop.subscriptions().report().servers().get(0).facts().get("port")));
    }
}
