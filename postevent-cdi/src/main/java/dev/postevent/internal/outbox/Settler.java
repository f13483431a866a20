package dev.postevent.internal.outbox;

import dev.postevent.spi.TopicName;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides the missing positions of a stretch: filled, never to be filled (then sealed with a tombstone), or undecided.
 *
 * <p>Invariant: a tombstone stands only where no event was committed, and none can be from then on. The seal alone guarantees
 * it: the primary key lets one row have a position. An insert under way makes the seal wait and give up; one that comes later
 * fails with 23505 at its publisher, loudly.
 *
 * <p>So that no publisher ever is that one, the seal is only tried when nobody can be between drawing a number and inserting its
 * row. Every INSERT holds RowExclusiveLock on the table from before it draws until its transaction has ended and is visible.
 * The caller has seen a row at or above {@code through} (the bound, S1): every number up to it is drawn. Then the holders of
 * that lock are listed (S2) and waited for (S3), the members of that list only, newcomers draw above the bound. Then, in a new
 * snapshot, what is still missing (S4) belongs to transactions that are over. Each step is a statement of its own, on one
 * connection; an exception on the way means nothing was proven and the caller starts over. Every other order of these steps, or
 * two of them in one statement, gives false voids or lost events: the tests keep those variants and show it.
 */
final class Settler {
    private static final Logger LOG = System.getLogger("dev.postevent.outbox");
    private static final long GUARD_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int CHUNK = 200;
    private static final int TRIES_MAX = 3;
    private static final long POLL_FIRST_MILLIS = 5;
    private static final long POLL_MAX_MILLIS = 50;

    private final Duration settleWait;
    private final Map<TopicName, Long> guardedAt = new ConcurrentHashMap<>();

    Settler(Duration settleWait) {
        this.settleWait = settleWait;
    }

    /**
     * Settles the positions above {@code after} and at or below {@code through}, at most a few thousand.
     *
     * @param through at or below a row that the caller has seen
     * @return why some are undecided, for a person; null if none is
     */
    @Nullable
    String settle(LogSession session, TopicName topic, long after, long through) throws SQLException {
        session.readCommitted();
        for (int tries = 1; ; tries++) {
            try {
                return tryToSettle(session, topic, after, through);
            } catch (SQLException e) {
                String state = SqlFailure.stateOf(e);
                boolean again =
                        state.equals(SqlFailure.SERIALIZATION_FAILURE) || state.equals(SqlFailure.DEADLOCK_DETECTED);
                if (!again || tries == TRIES_MAX) {
                    throw e;
                }
            }
        }
    }

    private @Nullable String tryToSettle(LogSession session, TopicName topic, long after, long through)
            throws SQLException {
        String fault = guard(session, topic);
        if (!fault.isEmpty()) {
            return fault;
        }
        Set<String> holders = awaitHolders(session, topic, after, through);
        long[] missing = SettleStore.missing(session.connection(), topic, after, through);
        if (missing.length == 0) {
            return null;
        }
        if (!holders.isEmpty()) {
            return blocker(session, topic, holders);
        }
        for (long[] chunk : Holes.chunks(missing, CHUNK)) {
            if (!seal(session, topic, chunk)) {
                return blocker(session, topic, Set.of());
            }
        }
        return null;
    }

    private String guard(LogSession session, TopicName topic) throws SQLException {
        Long last = guardedAt.get(topic);
        long now = System.nanoTime();
        if (last != null && now - last < GUARD_NANOS) {
            return "";
        }
        String fault = SettleStore.guard(session.connection(), topic);
        if (fault.isEmpty()) {
            guardedAt.put(topic, now);
        } else {
            guardedAt.remove(topic);
        }
        return fault;
    }

    /** Returns who is still left of those who were there at first; nobody, once nothing is missing any more. */
    private Set<String> awaitHolders(LogSession session, TopicName topic, long after, long through)
            throws SQLException {
        Set<String> holders = SettleStore.holders(session.connection(), topic);
        long deadline = System.nanoTime() + settleWait.toNanos();
        long pause = POLL_FIRST_MILLIS;
        while (!holders.isEmpty() && System.nanoTime() < deadline) {
            Pause.millis(pause, topic);
            pause = Math.min(2 * pause, POLL_MAX_MILLIS);
            holders.retainAll(SettleStore.holders(session.connection(), topic));
            if (SettleStore.missing(session.connection(), topic, after, through).length == 0) {
                break; // filled by those who are gone; those who are left do not matter here
            }
        }
        return holders;
    }

    private static boolean seal(LogSession session, TopicName topic, long[] positions) throws SQLException {
        try {
            int sealed = session.transaction(connection -> {
                SettleStore.beginSealing(connection);
                return SettleStore.seal(connection, topic, positions);
            });
            if (sealed > 0) {
                LOG.log(
                        Level.INFO,
                        "{0}: {1} positions sealed as void, of these missing: {2}",
                        topic,
                        sealed,
                        Printable.positions(positions));
            }
            return true;
        } catch (SQLException e) {
            if (SqlFailure.stateOf(e).equals(SqlFailure.LOCK_NOT_AVAILABLE)) {
                return false;
            }
            throw e;
        }
    }

    private static String blocker(LogSession session, TopicName topic, Set<String> holders) throws SQLException {
        Map<String, String> blockers = SettleStore.blockers(session.connection(), topic);
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
