package dev.postevent.internal.processor;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** The calls of one subscription's observer that have not returned yet, on this node: who is slow is named. Any number of threads. */
final class CallsUnderWay {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");
    /** What takes longer is slow: a person who asks wants to know it. */
    private static final Duration SLOW = Duration.ofSeconds(10);
    /** What takes longer is told in the log, once. */
    private static final Duration TOLD = Duration.ofSeconds(60);

    private static final int FRAMES_MAX = 30;

    private final SubscriptionSpec spec;
    private final NodeClock clock;
    private final Map<Thread, Call> calls = new ConcurrentHashMap<>();
    /** The position of the last one that was told; written by whoever looks regularly. */
    private volatile long told;

    /**
     * A call.
     *
     * @param began by the node's clock, in milliseconds
     */
    private record Call(long position, long began) {}

    /**
     * A call that takes long.
     *
     * @param position of the event, of several the first
     * @param stack where it is, the innermost frame first
     */
    record Slow(long position, Duration since, List<StackTraceElement> stack) {}

    CallsUnderWay(SubscriptionSpec spec, NodeClock clock) {
        this.spec = spec;
        this.clock = clock;
    }

    /** The calling thread calls the observer. */
    void begin(long position) {
        calls.put(Thread.currentThread(), new Call(position, clock.millis()));
    }

    /** The observer has returned to the calling thread. */
    void end() {
        calls.remove(Thread.currentThread());
    }

    /** The slow call that began first. */
    Optional<Slow> slow() {
        return longerThan(SLOW).map(this::slow);
    }

    private Optional<Map.Entry<Thread, Call>> longerThan(Duration limit) {
        long now = clock.millis();
        return calls.entrySet().stream()
                .filter(call -> now - call.getValue().began() >= limit.toMillis())
                .min(Comparator.comparingLong(call -> call.getValue().began()));
    }

    private Slow slow(Map.Entry<Thread, Call> call) {
        return new Slow(
                call.getValue().position(),
                Duration.ofMillis(clock.millis() - call.getValue().began()),
                List.of(call.getKey().getStackTrace()));
    }

    /** Says in the log, once for each, which calls take very long, and where they are. A stack is taken only to be told. */
    void tellSlow() {
        longerThan(TOLD)
                .filter(call -> firstTime(call.getValue().position()))
                .map(this::slow)
                .ifPresent(slow -> LOG.log(
                        Level.WARNING,
                        "subscription " + spec.name() + ": its observer has been at position " + slow.position()
                                + " for "
                                + slow.since().toSeconds() + " s, and its lane waits for it; it is at"
                                + frames(slow.stack())));
    }

    private boolean firstTime(long position) {
        boolean first = told != position;
        told = position;
        return first;
    }

    private static String frames(List<StackTraceElement> stack) {
        StringBuilder text = new StringBuilder();
        stack.stream()
                .limit(FRAMES_MAX)
                .forEach(frame ->
                        text.append(System.lineSeparator()).append("\tat ").append(frame));
        return text.toString();
    }
}
