package dev.postevent.console;

import dev.postevent.Operator;
import jakarta.json.JsonObject;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;

/**
 * A request, read and checked as far as that can be without knowing what it asks for.
 *
 * @param caller who asks
 * @param path what stands in the path for the names in braces of its route
 * @param query the parameters
 * @param body of a change; empty for a look
 * @param key the idempotency key of a change; empty for a look
 */
record Call(Caller caller, Map<String, String> path, Map<String, List<String>> query, JsonObject body, String key) {

    Call {
        path = Map.copyOf(path);
        query = Map.copyOf(query);
    }

    String name(String inPath) {
        String value = path.get(inPath);
        if (value == null) {
            throw new IllegalStateException("the route has no {" + inPath + "}");
        }
        return value;
    }

    long position(String inPath) {
        return whole(inPath, name(inPath), 1, Long.MAX_VALUE);
    }

    /** A parameter that a form may send without a value. */
    Optional<String> text(String parameter) {
        List<String> values = query.getOrDefault(parameter, List.of());
        if (values.size() > 1) {
            throw Problem.badRequest("the parameter " + parameter + " may be given once");
        }
        return values.stream().filter(value -> !value.isEmpty()).findFirst();
    }

    List<String> texts(String parameter) {
        return query.getOrDefault(parameter, List.of()).stream()
                .filter(value -> !value.isEmpty())
                .toList();
    }

    OptionalLong number(String parameter, long least, long greatest) {
        return text(parameter)
                .map(text -> OptionalLong.of(whole(parameter, text, least, greatest)))
                .orElse(OptionalLong.empty());
    }

    boolean flag(String parameter) {
        String text = text(parameter).orElse("false");
        if (!text.equals("true") && !text.equals("false")) {
            throw Problem.badRequest(parameter + " has to be true or false, is '" + text + "'");
        }
        return text.equals("true");
    }

    Optional<Instant> time(String parameter) {
        return text(parameter).map(text -> time(parameter, text));
    }

    static Instant time(String name, String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw Problem.badRequest(name + " has to be a time as 2026-01-31T23:59:59Z, is '" + text + "'");
        }
    }

    private static long whole(String name, String text, long least, long greatest) {
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= greatest) {
                return number;
            }
        } catch (NumberFormatException e) {
            // falls through to the problem: it says the same about a number out of bounds and no number at all
        }
        throw Problem.badRequest(
                name + " has to be a whole number from " + least + " to " + greatest + ", is '" + text + "'");
    }

    /** Who makes the change, why, and with which key. */
    Operator operator() {
        return Operator.of(caller.name(), Body.text(body, "reason").orElse("")).withKey(key);
    }

    /** @throws Problem if there is a parameter that is none of these: a slip of the pen must not select more than was meant */
    void mustOnlyHave(Set<String> parameters) {
        Set<String> unknown = new TreeSet<>(query.keySet());
        unknown.removeAll(parameters);
        if (!unknown.isEmpty()) {
            throw Problem.badRequest("there is no parameter " + String.join(", ", unknown) + " here; there are "
                    + String.join(", ", new TreeSet<>(parameters)));
        }
    }
}
