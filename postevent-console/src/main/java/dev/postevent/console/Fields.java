package dev.postevent.console;

import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The members of a JSON object, in order. What is empty is left out, and no number or text stands for it. */
final class Fields {
    private final Json json;
    private final JsonObjectBuilder builder;

    Fields(Json json) {
        this.json = json;
        this.builder = json.builders().createObjectBuilder();
    }

    Fields add(String name, String value) {
        builder.add(name, value);
        return this;
    }

    Fields add(String name, long value) {
        builder.add(name, value);
        return this;
    }

    Fields add(String name, double value) {
        builder.add(name, value);
        return this;
    }

    Fields add(String name, boolean value) {
        builder.add(name, value);
        return this;
    }

    Fields add(String name, Instant value) {
        return add(name, value.toString());
    }

    Fields text(String name, Optional<String> value) {
        value.ifPresent(text -> builder.add(name, text));
        return this;
    }

    Fields number(String name, OptionalLong value) {
        value.ifPresent(number -> builder.add(name, number));
        return this;
    }

    Fields time(String name, Optional<Instant> value) {
        return text(name, value.map(Instant::toString));
    }

    Fields object(String name, Fields value) {
        builder.add(name, value.builder);
        return this;
    }

    Fields texts(String name, Collection<String> values) {
        JsonArrayBuilder all = json.builders().createArrayBuilder();
        values.forEach(all::add);
        builder.add(name, all);
        return this;
    }

    Fields objects(String name, Collection<Fields> values) {
        JsonArrayBuilder all = json.builders().createArrayBuilder();
        values.forEach(value -> all.add(value.builder));
        builder.add(name, all);
        return this;
    }

    /** Rows of numbers. */
    Fields rows(String name, Collection<long[]> rows) {
        JsonArrayBuilder all = json.builders().createArrayBuilder();
        for (long[] row : rows) {
            JsonArrayBuilder numbers = json.builders().createArrayBuilder();
            for (long number : row) {
                numbers.add(number);
            }
            all.add(numbers);
        }
        builder.add(name, all);
        return this;
    }

    Fields texts(String name, Map<String, String> values) {
        Fields object = new Fields(json);
        values.forEach(object::add);
        return object(name, object);
    }

    JsonObject build() {
        return builder.build();
    }
}
