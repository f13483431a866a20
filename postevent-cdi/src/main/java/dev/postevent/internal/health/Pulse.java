package dev.postevent.internal.health;

import dev.postevent.StatusReport;
import org.jspecify.annotations.Nullable;

/** What this node is judged by; answered without asking any database. */
public interface Pulse {

    /** The application's name: a server may have several, and all checks are called alike. */
    String application();

    /** This node's name. */
    String node();

    /** What the checks tell whoever asks. */
    Disclosure disclosure();

    /** Whether this node gets requests, being as {@code report} says. */
    boolean isReady(StatusReport report);

    /** What died and will not come back by itself; null: nothing. */
    @Nullable
    String dead();
}
