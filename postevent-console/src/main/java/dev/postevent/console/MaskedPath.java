package dev.postevent.console;

import jakarta.json.JsonArray;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonBuilderFactory;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonValue;
import java.util.ArrayList;
import java.util.List;

/**
 * A place in JSON whose value is hidden: a JSON pointer (RFC 6901) in which {@code *} is each member of an object and each element of an
 * array. Immutable.
 *
 * @param names from the root on, without escapes
 */
record MaskedPath(List<String> names) {
    /** What stands for a value that is hidden. */
    static final String HIDDEN = "***";

    private static final String EACH = "*";

    MaskedPath {
        names = List.copyOf(names);
    }

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException if it does not begin with a slash, or has a tilde that escapes nothing
     */
    static MaskedPath of(String pointer) {
        if (!pointer.startsWith("/")) {
            throw new IllegalArgumentException("'" + pointer + "' is no JSON pointer: it does not begin with /");
        }
        List<String> names = new ArrayList<>();
        for (String name : pointer.substring(1).split("/", -1)) {
            if (name.replace("~0", "").replace("~1", "").contains("~")) {
                throw new IllegalArgumentException(
                        "'" + pointer + "' is no JSON pointer: ~ is written ~0 in it, and / is ~1");
            }
            names.add(name.replace("~1", "/").replace("~0", "~"));
        }
        return new MaskedPath(names);
    }

    /** The same JSON without what is at this place; where nothing is, it is as it was. */
    JsonValue hide(JsonValue in, JsonBuilderFactory json) {
        return hide(in, 0, json);
    }

    private JsonValue hide(JsonValue in, int depth, JsonBuilderFactory json) {
        if (depth == names.size()) {
            return json.createArrayBuilder().add(HIDDEN).build().get(0);
        }
        if (in instanceof JsonObject object) {
            JsonObjectBuilder copy = json.createObjectBuilder();
            object.forEach(
                    (name, value) -> copy.add(name, isMeant(name, depth) ? hide(value, depth + 1, json) : value));
            return copy.build();
        }
        if (in instanceof JsonArray array) {
            JsonArrayBuilder copy = json.createArrayBuilder();
            for (int i = 0; i < array.size(); i++) {
                JsonValue value = array.get(i);
                copy.add(isMeant(Integer.toString(i), depth) ? hide(value, depth + 1, json) : value);
            }
            return copy.build();
        }
        return in;
    }

    private boolean isMeant(String name, int depth) {
        return names.get(depth).equals(EACH) || names.get(depth).equals(name);
    }
}
