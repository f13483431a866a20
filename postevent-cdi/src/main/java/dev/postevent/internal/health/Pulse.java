package dev.postevent.internal.health;

import org.jspecify.annotations.Nullable;

/** Whether this node is alive, answered without asking any database. */
public interface Pulse {

    /** This node's name. */
    String node();

    /** What died and will not come back by itself; null: nothing. */
    @Nullable
    String dead();
}
