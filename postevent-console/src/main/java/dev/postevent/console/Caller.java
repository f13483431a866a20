package dev.postevent.console;

import java.util.Set;

/**
 * Who asks.
 *
 * @param name of the principal
 * @param roles what it may do
 */
record Caller(String name, Set<Role> roles) {

    Caller {
        roles = Set.copyOf(roles);
    }

    /** Whoever may change something may look at it. */
    boolean may(Role role) {
        return roles.contains(role) || roles.contains(Role.OPERATE);
    }
}
