package dev.postevent.benchmarks;

import java.util.List;
import java.util.Map;

/** What {@code postevent.inbox.mode=direct} saves where outbox and inbox are one database: live, history, latency, against the copy. */
final class Direct implements Scenario {
    private static final Map<String, String> DIRECT = Map.of("postevent.inbox.mode", "direct");
    private static final String LIVE_COPY = "live, published/s, copy";
    private static final String LIVE_DIRECT = "live, published/s, direct";
    private static final String HISTORY_COPY = "history, events/s, copy";
    private static final String HISTORY_DIRECT = "history, events/s, direct";
    private static final String LATENCY_COPY = "at 100/s, p50 ms, copy";
    private static final String LATENCY_DIRECT = "at 100/s, p50 ms, direct";

    @Override
    public List<String> ids() {
        return List.of("direct");
    }

    @Override
    public String title() {
        return "inbox=direct against inbox=copy, 1 KiB events";
    }

    @Override
    public Outcome run(Ring ring) throws Exception {
        Arena arena = ring.arena();
        long millis = ring.size().millis(10_000);
        int history = ring.size().events(50_000);
        int paced = ring.size().events(1_000);
        Contest contest = ring.contest()
                .contender(LIVE_COPY, () -> Live.ours(arena, millis, Map.of()))
                .contender(LIVE_DIRECT, () -> Live.ours(arena, millis, DIRECT))
                .contender(HISTORY_COPY, () -> Backlog.catchUp(arena, history, Map.of()))
                .contender(HISTORY_DIRECT, () -> Backlog.catchUp(arena, history, DIRECT))
                .contender(LATENCY_COPY, () -> Latency.ours(arena, paced, Map.of()))
                .contender(LATENCY_DIRECT, () -> Latency.ours(arena, paced, DIRECT))
                .run(0, ring.size().runs());
        return Outcome.of(
                contest,
                Verdict.atLeast(
                        "direct",
                        "live, published: direct / copy",
                        contest.median(LIVE_DIRECT) / contest.median(LIVE_COPY),
                        1),
                Verdict.atLeast(
                        "direct", "live, direct: handled / published", contest.median(LIVE_DIRECT, Live.HANDLED), 0.95),
                Verdict.atLeast(
                        "direct",
                        "history: direct / copy",
                        contest.median(HISTORY_DIRECT) / contest.median(HISTORY_COPY),
                        1),
                Verdict.atMost(
                        "direct",
                        "p50: direct / copy",
                        contest.median(LATENCY_DIRECT) / contest.median(LATENCY_COPY),
                        1),
                Verdict.atMost(
                        "direct",
                        "p99: direct / copy",
                        contest.median(LATENCY_DIRECT, Latency.P99) / contest.median(LATENCY_COPY, Latency.P99),
                        1));
    }
}
