package dev.postevent.internal.eventlog;

import dev.postevent.internal.flight.Flight;
import dev.postevent.internal.jdbc.SqlState;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides the missing positions of a stretch: filled, never to be filled (then sealed with a void), or undecided.
 *
 * <p>Invariant: a void stands only where no event was committed, and none can be from then on. The seal alone guarantees
 * it: the primary key lets one row have a position. An insert under way makes the seal wait and give up; one that comes later
 * fails with 23505 at its publisher, loudly.
 *
 * <p>So that no publisher ever is that one, the seal is only tried when nobody can be between drawing a number and inserting its
 * row. Every INSERT holds RowExclusiveLock on the table from before it draws until its transaction has ended and is visible. So
 * the head is read (the bound, S1): every number up to it is drawn. Then the holders of that lock are listed (S2) and waited for
 * (S3), the members of that list only, newcomers draw above the bound. Then, in a new snapshot, what is still missing (S4)
 * belongs to transactions that are over. Each step is a statement of its own, on one connection; an exception on the way means
 * nothing was proven and the caller starts over. Every other order of these steps, or two of them in one statement, gives false
 * voids or lost events: the tests keep those variants and show it.
 *
 * <p>What the listings of a topic prove together is kept, see {@link Proof}: for the rest of this page, the pages above it, and
 * the next read.
 */
final class Settler {
    private static final Logger LOG = System.getLogger("dev.postevent.outbox");
    private static final long GUARD_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int CHUNK = 200;
    private static final int TRIES_MAX = 3;
    private static final long POLL_FIRST_MILLIS = 5;
    private static final long POLL_MAX_MILLIS = 50;

    private final Duration settleWait;
    private final LongSupplier nanoTime;
    private final Pause pause;
    private final Map<TopicName, Long> guardedAt = new ConcurrentHashMap<>();
    private final ConcurrentMap<TopicName, Proof> proofs = new ConcurrentHashMap<>();
    private final ConcurrentMap<TopicName, LongAdder> voids;

    Settler(Duration settleWait, LongSupplier nanoTime, Pause pause) {
        this(settleWait, nanoTime, pause, new ConcurrentHashMap<>());
    }

    private Settler(
            Duration settleWait, LongSupplier nanoTime, Pause pause, ConcurrentMap<TopicName, LongAdder> voids) {
        this.settleWait = settleWait;
        this.nanoTime = nanoTime;
        this.pause = pause;
        this.voids = voids;
    }

    /** One that waits otherwise and knows nothing of what this one has proven; they count together. */
    Settler waiting(Duration other) {
        return new Settler(other, nanoTime, pause, voids);
    }

    /**
     * Settles the positions above {@code after} and at or below {@code through}, at most a few thousand.
     *
     * @param through at or below a row that the caller has seen
     * @return why some are undecided, for a person; null if none is
     */
    @Nullable
    String settle(LogTable table, TopicName topic, long after, long through) throws SQLException {
        Flight.Settle flight = Flight.settle();
        boolean decided = false;
        try {
            String undecided = settleAgain(table, topic, after, through);
            decided = undecided == null;
            return undecided;
        } finally {
            flight.ended(topic.value(), after, through, decided);
        }
    }

    private @Nullable String settleAgain(LogTable table, TopicName topic, long after, long through)
            throws SQLException {
        table.readCommitted();
        for (int tries = 1; ; tries++) {
            try {
                return tryToSettle(table, topic, after, through);
            } catch (SQLException e) {
                String state = SqlState.of(e);
                boolean again =
                        state.equals(SqlState.SERIALIZATION_FAILURE) || state.equals(SqlState.DEADLOCK_DETECTED);
                if (!again || tries == TRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    /** How many positions of the topic this has sealed. */
    long sealed(TopicName topic) {
        LongAdder count = voids.get(topic);
        return count == null ? 0 : count.sum();
    }

    private @Nullable String tryToSettle(LogTable table, TopicName topic, long after, long through)
            throws SQLException {
        Optional<String> fault = guard(table, topic);
        if (fault.isPresent()) {
            return fault.get();
        }
        long deadline = nanoTime.getAsLong() + settleWait.toNanos();
        // a third more each time: the end of a transaction is noticed after a fraction of how long it was waited for
        for (long wait = POLL_FIRST_MILLIS; ; wait = Math.min(wait + wait / 3, POLL_MAX_MILLIS)) {
            Proof proof = listed(table, topic);
            long[] missing = table.missing(after, through);
            if (missing.length == 0) {
                return null;
            }
            if (missing[0] <= proof.through()) {
                return sealed(table, topic, missing, proof);
            }
            if (nanoTime.getAsLong() >= deadline) {
                return blocker(table, proof.mayFill(missing[0]));
            }
            pause.millis(wait, topic);
        }
    }

    /** One listing more. The statements are in this order, and what was kept is what was listed before either. */
    private Proof listed(LogTable table, TopicName topic) throws SQLException {
        Proof kept = proofs.get(topic);
        SettleStore.Bound bound = table.bound();
        SettleStore.Holders holders = table.holders();
        Proof proof = kept == null ? Proof.of(bound, holders) : kept.then(bound, holders);
        proofs.merge(topic, proof, Proof::better);
        return proof;
    }

    private @Nullable String sealed(LogTable table, TopicName topic, long[] missing, Proof proof) throws SQLException {
        long proven = proof.through();
        long[] voids =
                Arrays.stream(missing).filter(position -> position <= proven).toArray();
        for (long[] chunk : Gaps.chunks(voids, CHUNK)) {
            if (!seal(table, topic, chunk)) {
                return blocker(table, Set.of());
            }
        }
        return voids.length == missing.length ? null : blocker(table, proof.mayFill(missing[voids.length]));
    }

    private Optional<String> guard(LogTable table, TopicName topic) throws SQLException {
        Long last = guardedAt.get(topic);
        long now = nanoTime.getAsLong();
        if (last != null && now - last < GUARD_NANOS) {
            return Optional.empty();
        }
        Optional<String> fault = table.guard();
        if (fault.isEmpty()) {
            guardedAt.put(topic, now);
        } else {
            guardedAt.remove(topic);
            proofs.remove(topic); // the listings are no proof of what was drawn against the rules
        }
        return fault;
    }

    private boolean seal(LogTable table, TopicName topic, long[] positions) throws SQLException {
        try {
            int sealed = table.seal(positions);
            if (sealed > 0) {
                voids.computeIfAbsent(topic, name -> new LongAdder()).add(sealed);
                LOG.log(
                        Level.INFO,
                        "{0}: {1} positions sealed as void (numbers that a rollback used up, no event is lost), of these missing:"
                                + " {2}",
                        topic,
                        sealed,
                        Positions.text(positions));
            }
            return true;
        } catch (SQLException e) {
            if (SqlState.of(e).equals(SqlState.LOCK_NOT_AVAILABLE)) {
                return false;
            }
            throw e;
        }
    }

    private static String blocker(LogTable table, Set<String> holders) throws SQLException {
        Map<String, String> blockers = table.blockers();
        List<String> named = blockers.entrySet().stream()
                .filter(blocker -> holders.isEmpty() || holders.contains(blocker.getKey()))
                .map(Map.Entry::getValue)
                .toList();
        if (named.isEmpty()) {
            return "a transaction that has ended meanwhile";
        }
        int more = named.size() - 1;
        return named.get(0)
                + (more == 0 ? "" : ", and " + more + (more == 1 ? " more transaction" : " more transactions"));
    }
}
