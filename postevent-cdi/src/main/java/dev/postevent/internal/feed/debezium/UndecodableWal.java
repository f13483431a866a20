package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.Causes;
import org.jspecify.annotations.Nullable;

/** Knows what the server cannot decode, from how streams ended: a new slot begins behind that. Of the feed's thread. Pure. */
final class UndecodableWal {
    private final DecodingFailures failures = new DecodingFailures();
    /** Null: nothing is known. */
    private @Nullable Place known;

    /**
     * A place in the WAL behind which something cannot be decoded.
     *
     * @param confirmed where the slot stood that is no use any more: one that stands elsewhere has got past it, or is another
     */
    private record Place(String confirmed, String reason) {}

    /**
     * Notes why a stream ended, or did not come about.
     *
     * @param from where the slot stood when the stream began; null if it was made for it, or if there was no stream
     * @param stoodAt where it stands since the stream ended; null if that is not known
     */
    void ended(Throwable fault, @Nullable String from, @Nullable String stoodAt) {
        String error = Causes.decodingError(fault);
        boolean again = failures.ended(error, from);
        if (stoodAt == null) {
            known = null;
        } else if (Causes.isUndefinedObject(fault)) {
            // slot and publication are there, but not at the place in the WAL where the slot is
            known = new Place(stoodAt, "the publication is newer than what it has to decode");
        } else {
            known = again
                    ? new Place(
                            stoodAt,
                            "the server could not decode what it needed, " + DecodingFailures.MOST + " times: " + error)
                    : null;
        }
    }

    /** Why a slot that stands there is no use; null: it may be. */
    @Nullable
    String reasonAt(@Nullable String confirmed) {
        Place place = known;
        return place != null && place.confirmed().equals(confirmed) ? place.reason() : null;
    }

    /** The slot is dropped. */
    void forget() {
        known = null;
    }
}
