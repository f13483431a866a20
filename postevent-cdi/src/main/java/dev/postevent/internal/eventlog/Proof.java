package dev.postevent.internal.eventlog;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Through which position what is missing can never appear, from a series of listings of those who hold a topic's table. Pure.
 *
 * <p>Each listing is: the head is read (S1), then the holders are listed (S2), each a statement of its own, and the next listing
 * begins after this one has ended. A position is drawn under the lock, after it was got, and numbers rise. So a holder that was
 * not in one listing fills nothing at or below the head read before that listing. Hence, at any later listing, whoever is
 * listed fills only what is above the head of the last listing without him, and whoever is not listed only what is above the
 * head of this one: what is missing at or below the least of these, in a snapshot taken from then on, stays missing for ever.
 *
 * <p>A listing is worth every position below its head, for all pages and all readers, and nothing of it is given up when one
 * page is done: newcomers do not hold up what was drawn before they came. So the mark follows the head at the distance of the
 * longest transaction that is open, however many of them overlap. Reads that do not wait arrive for the same reason.
 *
 * @param table of which server, table and sequence the listings are: of another one they say nothing
 * @param head every position at or below it was drawn before the last listing
 * @param above by holder of the last listing: fills only what is above this position
 */
record Proof(String table, long head, Map<String, Long> above) {

    /** Copies the map. */
    Proof {
        above = Map.copyOf(above);
    }

    /** Of one listing: nothing is known of any holder, nor of anything if the table became another one on the way. */
    static Proof of(SettleStore.Bound bound, SettleStore.Holders holders) {
        return new Proof(
                holders.table(),
                bound.table().equals(holders.table()) ? bound.head() : 0,
                holders.transactions().stream().collect(Collectors.toMap(holder -> holder, holder -> 0L)));
    }

    /**
     * With one listing more.
     *
     * @param bound read after the last listing, before the next
     * @param later listed after {@code bound} was read
     */
    Proof then(SettleStore.Bound bound, SettleStore.Holders later) {
        if (!table.equals(bound.table()) || !table.equals(later.table())) {
            return of(bound, later);
        }
        Map<String, Long> left = new HashMap<>();
        for (String holder : later.transactions()) {
            left.put(holder, above.getOrDefault(holder, head));
        }
        return new Proof(table, Math.max(head, bound.head()), left);
    }

    /** What is missing at or below it, in a snapshot taken after the last listing, was never committed and never will be. */
    long through() {
        return above.values().stream().mapToLong(Long::longValue).min().orElse(head);
    }

    /** Those of the last listing that may still fill {@code position}. */
    Set<String> mayFill(long position) {
        return above.entrySet().stream()
                .filter(holder -> holder.getValue() < position)
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** The one of two, both true, that says more; of two tables the one that {@code later} is of. */
    static Proof better(Proof earlier, Proof later) {
        return earlier.table.equals(later.table) && earlier.head > later.head ? earlier : later;
    }
}
