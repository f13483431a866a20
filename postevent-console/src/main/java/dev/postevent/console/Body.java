package dev.postevent.console;

import dev.postevent.HeldFilter;
import dev.postevent.ReplayFrom;
import dev.postevent.Subscriptions.HeldEvent.State;
import jakarta.json.JsonArray;
import jakarta.json.JsonNumber;
import jakarta.json.JsonObject;
import jakarta.json.JsonString;
import jakarta.json.JsonValue;
import jakarta.json.JsonValue.ValueType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/** Reads what a change says. A member that is unknown, or of another kind, is refused: it could have been meant to select less. */
final class Body {
    private static final Set<String> FILTER =
            Set.of("states", "subject", "type", "cause", "failedBefore", "first", "last");

    private Body() {}

    static Optional<String> text(JsonObject body, String name) {
        JsonValue value = body.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof JsonString text) {
            return Optional.of(text.getString());
        }
        throw Problem.badRequest(name + " has to be a text");
    }

    static OptionalLong number(JsonObject body, String name) {
        JsonValue value = body.get(name);
        if (value == null) {
            return OptionalLong.empty();
        }
        if (value instanceof JsonNumber number) {
            try {
                return OptionalLong.of(number.longValueExact());
            } catch (ArithmeticException e) {
                throw Problem.badRequest(name + " has to be a whole number");
            }
        }
        throw Problem.badRequest(name + " has to be a number");
    }

    static boolean flag(JsonObject body, String name) {
        ValueType type = body.getOrDefault(name, JsonValue.FALSE).getValueType();
        if (type == ValueType.TRUE || type == ValueType.FALSE) {
            return type == ValueType.TRUE;
        }
        throw Problem.badRequest(name + " has to be true or false");
    }

    static void mustOnlyHave(JsonObject body, Set<String> names) {
        Set<String> unknown = new TreeSet<>(body.keySet());
        unknown.removeAll(names);
        if (!unknown.isEmpty()) {
            throw Problem.badRequest("there is no member " + String.join(", ", unknown) + " here; there are "
                    + String.join(", ", new TreeSet<>(names)));
        }
    }

    /** Which held events are meant; without a filter none would be, as all has to be said. */
    static HeldFilter filter(String subscription, JsonObject body) {
        JsonValue value = body.get("filter");
        if (!(value instanceof JsonObject filter)) {
            throw Problem.badRequest("filter is missing; {} is everything that the subscription holds");
        }
        mustOnlyHave(filter, FILTER);
        List<String> states = filter.containsKey("states") ? texts(filter, "states") : List.of();
        return filter(
                subscription,
                states,
                new Conditions(
                        text(filter, "subject"),
                        text(filter, "type"),
                        text(filter, "cause"),
                        text(filter, "failedBefore").map(text -> Call.time("failedBefore", text)),
                        number(filter, "first"),
                        number(filter, "last")));
    }

    /** What a filter asks for; what is empty does not count. */
    record Conditions(
            Optional<String> subject,
            Optional<String> type,
            Optional<String> cause,
            Optional<Instant> failedBefore,
            OptionalLong first,
            OptionalLong last) {}

    /** A filter, be it of a look or of a change. */
    static HeldFilter filter(String subscription, List<String> states, Conditions conditions) {
        HeldFilter filter = HeldFilter.of(subscription);
        if (!states.isEmpty()) {
            filter = filter.states(states.stream().map(Body::state).toArray(State[]::new));
        }
        if (conditions.subject().isPresent()) {
            filter = filter.subject(conditions.subject().get());
        }
        if (conditions.type().isPresent()) {
            filter = filter.type(conditions.type().get());
        }
        if (conditions.cause().isPresent()) {
            filter = filter.causeContaining(conditions.cause().get());
        }
        if (conditions.failedBefore().isPresent()) {
            filter = filter.failedBefore(conditions.failedBefore().get());
        }
        if (conditions.first().isPresent() || conditions.last().isPresent()) {
            filter = filter.positions(
                    conditions.first().orElse(1), conditions.last().orElse(Long.MAX_VALUE));
        }
        return filter;
    }

    private static State state(String name) {
        for (State state : State.values()) {
            if (state.name().equals(name)) {
                return state;
            }
        }
        throw Problem.badRequest("there is no state " + name + "; there are " + List.of(State.values()));
    }

    private static List<String> texts(JsonObject body, String name) {
        if (body.get(name) instanceof JsonArray all) {
            return all.stream()
                    .map(value -> {
                        if (value instanceof JsonString text) {
                            return text.getString();
                        }
                        throw Problem.badRequest(name + " has to be a list of texts");
                    })
                    .toList();
        }
        throw Problem.badRequest(name + " has to be a list of texts");
    }

    /** From where a subscription is replayed. */
    static ReplayFrom from(Optional<String> kind, OptionalLong position, Optional<Instant> time, boolean dropHeld) {
        String from = kind.orElseThrow(() -> Problem.badRequest("from is missing: beginning, position, time or now"));
        if ((position.isPresent() && !from.equals("position")) || (time.isPresent() && !from.equals("time"))) {
            throw Problem.badRequest("position goes with from=position, and time with from=time");
        }
        ReplayFrom replay = switch (from) {
            case "beginning" -> ReplayFrom.beginning();
            case "now" -> ReplayFrom.now();
            case "position" ->
                ReplayFrom.position(position.orElseThrow(() -> Problem.badRequest("position is missing")));
            case "time" -> ReplayFrom.time(time.orElseThrow(() -> Problem.badRequest("time is missing")));
            default -> throw Problem.badRequest("from is '" + from + "', expected beginning, position, time or now");
        };
        return dropHeld ? replay.droppingHeld() : replay;
    }
}
