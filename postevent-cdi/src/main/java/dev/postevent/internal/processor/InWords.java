package dev.postevent.internal.processor;

import dev.postevent.Subscriptions;
import java.util.ArrayList;
import java.util.List;

/** Numbers of a subscription as a person says them: one event is, two events are, and what is not there is not mentioned. Pure. */
final class InWords {
    private InWords() {}

    /** "1 event", "2 events". */
    static String events(long count) {
        return count == 1 ? "1 event" : count + " events";
    }

    /** What is held, as a sentence with a space before it; empty if nothing is. */
    static String held(Subscriptions.Status status) {
        List<String> parts = new ArrayList<>();
        if (status.parked() > 0) {
            parts.add(events(status.parked()) + (status.parked() == 1 ? " is parked" : " are parked"));
        }
        if (status.waiting() > 0) {
            parts.add(waiting(status));
        }
        if (status.behind() > 0) {
            parts.add(events(status.behind())
                    + (status.behind() == 1 ? " is held behind " : " are held behind ")
                    + (status.parked() + status.waiting() == 1 ? "it" : "them"));
        }
        return parts.isEmpty() ? "" : " " + String.join(", ", parts) + ".";
    }

    /** What a held event waits for, which does not allow a change. */
    static String state(HeldEventStore.Change state) {
        return switch (state) {
            case NOT_HELD -> "not held (it has not failed, or was handled or skipped by now)";
            case BEHIND -> "behind (an earlier event of its subject failed: handle or skip that one first)";
            case WAITING -> "waiting (it failed and is tried again by itself, it is no dead letter)";
            case PARKED -> "parked";
            case DONE -> "changed";
        };
    }

    private static String waiting(Subscriptions.Status status) {
        boolean one = status.waiting() == 1;
        String wait = events(status.waiting()) + (one ? " waits for its next attempt" : " wait for their next attempt");
        long seconds = status.failingFor().toSeconds();
        return status.failingFor().isZero()
                ? wait
                : wait + (one ? " and has been failing for " : ", one of them has been failing for ") + seconds + " s";
    }
}
