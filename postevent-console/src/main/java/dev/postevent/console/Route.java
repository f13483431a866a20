package dev.postevent.console;

import jakarta.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A call that there is.
 *
 * @param method GET or POST
 * @param template the path below {@code /api/v1}, with names in braces for what differs
 * @param takes parameters of a look, or members of the body of a change
 * @param handler answers it
 */
record Route(Method method, String template, Set<String> takes, Function<Call, JsonObject> handler) {

    Route {
        takes = Set.copyOf(takes);
    }

    /** A look, or a change. */
    enum Method {
        GET(Role.READ),
        POST(Role.OPERATE);

        private final Role role;

        Method(Role role) {
            this.role = role;
        }

        /** Who may. */
        Role role() {
            return role;
        }
    }

    /** What stands in a path for the names in braces; empty: the path is another one. */
    Optional<Map<String, String>> match(String path) {
        List<String> expected = parts(template);
        List<String> given = parts(path);
        if (expected.size() != given.size()) {
            return Optional.empty();
        }
        Map<String, String> names = new LinkedHashMap<>();
        for (int i = 0; i < expected.size(); i++) {
            String part = expected.get(i);
            if (part.startsWith("{")) {
                names.put(part.substring(1, part.length() - 1), given.get(i));
            } else if (!part.equals(given.get(i))) {
                return Optional.empty();
            }
        }
        return Optional.of(names);
    }

    private static List<String> parts(String path) {
        return List.of(path.substring(1).split("/", -1));
    }
}
