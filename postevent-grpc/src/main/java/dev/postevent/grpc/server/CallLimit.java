package dev.postevent.grpc.server;

import java.util.HashMap;
import java.util.Map;

/** How many calls each principal has open. */
final class CallLimit {
    private final int perPrincipalMax;
    private final Map<String, Integer> open = new HashMap<>();

    CallLimit(int perPrincipalMax) {
        this.perPrincipalMax = perPrincipalMax;
    }

    synchronized boolean enter(String principal) {
        int now = open.getOrDefault(principal, 0);
        if (now >= perPrincipalMax) {
            return false;
        }
        open.put(principal, now + 1);
        return true;
    }

    synchronized void leave(String principal) {
        open.computeIfPresent(principal, (name, now) -> now == 1 ? null : now - 1);
    }
}
