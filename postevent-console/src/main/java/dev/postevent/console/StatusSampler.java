package dev.postevent.console;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.Subscriptions.Explanation;
import dev.postevent.Subscriptions.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The state of everything, made once for all who look at the same time, and how it went while somebody looked. May be used by any thread;
 * those who come while one is being made wait for it.
 */
final class StatusSampler {
    /** How old what is told may be. */
    static final Duration AGE = Duration.ofSeconds(2);
    /** From one point of the past to the next. */
    static final Duration STEP = Duration.ofSeconds(5);
    /** Most points of the past of a subscription: a quarter of an hour. */
    static final int POINTS_MAX = 180;

    /** Most points of each subscription where all are told at once. */
    static final int CURVE_POINTS_MAX = 60;

    private static final Duration RATE_OVER = Duration.ofSeconds(30);

    private final Subscriptions subscriptions;
    private final LongSupplier nanoTime;
    private final Map<String, Deque<Point>> history = new HashMap<>();
    private @Nullable Sample latest;
    private long latestNanos;
    private long pointNanos;

    StatusSampler(Subscriptions subscriptions, LongSupplier nanoTime) {
        this.subscriptions = subscriptions;
        this.nanoTime = nanoTime;
    }

    /** Where a subscription was at some time. */
    record Point(long nanos, Instant time, long handled, long lag) {}

    /** A subscription. */
    record Row(Status status, Explanation explanation, OptionalDouble rate, List<Point> history) {
        Row {
            history = List.copyOf(history);
        }
    }

    /** Everything, as it was at one time. */
    record Sample(Instant time, StatusReport report, List<Row> rows) {
        Sample {
            rows = List.copyOf(rows);
        }
    }

    /** How a subscription went while somebody looked, all of it; empty: nobody did. */
    synchronized List<Point> history(String subscription) {
        Deque<Point> past = history.get(subscription);
        return past == null ? List.of() : List.copyOf(past);
    }

    /** Not older than {@link #AGE}. */
    synchronized Sample latest() {
        long now = nanoTime.getAsLong();
        Sample before = latest;
        if (before != null && now - latestNanos < AGE.toNanos()) {
            return before;
        }
        Instant time = Instant.now();
        StatusReport report = subscriptions.report();
        boolean point = before == null || now - pointNanos >= STEP.toNanos();
        if (point) {
            pointNanos = now;
        }
        Map<String, Row> rows = new LinkedHashMap<>();
        for (Status status : report.subscriptions()) {
            Deque<Point> past = history.computeIfAbsent(status.name(), name -> new ArrayDeque<>());
            Point here = new Point(now, time, status.handled(), status.lag());
            OptionalDouble rate = rate(past, here);
            if (point) {
                past.addLast(here);
                while (past.size() > POINTS_MAX || isPast(past.getFirst(), now)) {
                    past.removeFirst();
                }
            }
            rows.put(status.name(), new Row(status, subscriptions.explain(status), rate, thinned(past)));
        }
        history.keySet().retainAll(rows.keySet());
        Sample made = new Sample(time, report, List.copyOf(rows.values()));
        latest = made;
        latestNanos = now;
        return made;
    }

    /** Enough for a small curve, the newest among them: of hundreds of subscriptions all points would be a megabyte. */
    private static List<Point> thinned(Deque<Point> past) {
        int step = 1 + (past.size() - 1) / CURVE_POINTS_MAX;
        List<Point> few = new ArrayList<>();
        int fromEnd = past.size();
        for (Point point : past) {
            fromEnd--;
            if (fromEnd % step == 0) {
                few.add(point);
            }
        }
        return few;
    }

    private static boolean isPast(Point point, long now) {
        return now - point.nanos() > STEP.multipliedBy(POINTS_MAX).toNanos();
    }

    /** Events in a second, over the last half minute that somebody looked; empty: nobody did, or it was replayed meanwhile. */
    private static OptionalDouble rate(Deque<Point> past, Point here) {
        Point from = null;
        for (Point point : past) {
            if (here.nanos() - point.nanos() <= RATE_OVER.toNanos()) {
                from = point;
                break;
            }
        }
        if (from == null || here.nanos() == from.nanos() || here.handled() < from.handled()) {
            return OptionalDouble.empty();
        }
        double seconds = (here.nanos() - from.nanos()) / 1e9;
        return OptionalDouble.of((here.handled() - from.handled()) / seconds);
    }
}
