package dev.postevent.simulation;

import dev.postevent.testkit.Effects;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What is made anew at each start of a node, and the observers it is called by.
 *
 * @param observers at least one; all of them have the same effects
 * @param maker makes what they are called on
 */
public record UserPart(List<Observing> observers, Function<Effects, Object> maker) {
    /** Keeps a list of its own. */
    public UserPart {
        observers = List.copyOf(observers);
    }

    /** For a message. */
    String named() {
        return (observers.size() == 1 ? "subscription " : "subscriptions ")
                + observers.stream().map(Observing::name).collect(Collectors.joining(", "));
    }
}
