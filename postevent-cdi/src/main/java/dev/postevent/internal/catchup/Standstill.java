package dev.postevent.internal.catchup;

import dev.postevent.DivergedSourceException;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * Why a topic takes nothing: its source diverged, and a person has to decide; or its source has ended below the mark for long, which ends
 * when a check finds it well again.
 */
final class Standstill {
    private static final System.Logger LOG = System.getLogger("dev.postevent.catchup");

    // set by whoever finds it, read by all; each stands for itself, so no lock owns them
    private volatile @Nullable String diverged;
    private volatile @Nullable String behind;

    void diverged(DivergedSourceException e) {
        if (diverged == null) {
            LOG.log(Level.ERROR, e.getMessage());
        }
        diverged = e.getMessage();
    }

    /** Says why; null: it is not behind. */
    void behind(@Nullable String why) {
        behind = why;
    }

    /** True if it lasts until a person acts, and this application is started anew. */
    boolean isForGood() {
        return diverged != null;
    }

    /** True if nothing is taken, for good or for now. */
    boolean isNow() {
        return diverged != null || behind != null;
    }

    /** Why; null: it does not stand still. */
    @Nullable
    String fault() {
        String known = diverged;
        return known == null ? behind : known;
    }
}
