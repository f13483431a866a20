package dev.postevent.internal.health;

import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.jspecify.annotations.Nullable;

/** Puts data into an answer, each item under its {@link HealthKey} and as what it is. */
final class HealthData {
    private final HealthCheckResponseBuilder response;

    HealthData(HealthCheckResponseBuilder response) {
        this.response = response;
    }

    /** A text; null: nothing is told. */
    HealthData text(HealthKey key, @Nullable String value, int... numbers) {
        if (value != null) {
            response.withData(must(key, HealthKey.Type.TEXT).at(numbers), value);
        }
        return this;
    }

    HealthData number(HealthKey key, long value, int... numbers) {
        response.withData(must(key, HealthKey.Type.NUMBER).at(numbers), value);
        return this;
    }

    HealthData flag(HealthKey key, boolean value, int... numbers) {
        response.withData(must(key, HealthKey.Type.FLAG).at(numbers), value);
        return this;
    }

    /** Facts that have a key, numbers as numbers; one that should be a number and is none is not told. */
    void facts(Map<String, String> facts, Function<String, Optional<HealthKey>> keys, int number) {
        facts.forEach((name, value) -> keys.apply(name).ifPresent(key -> {
            if (key.type() == HealthKey.Type.TEXT) {
                text(key, value, number);
            } else if (value.matches("-?[0-9]{1,18}")) {
                number(key, Long.parseLong(value), number);
            }
        }));
    }

    private static HealthKey must(HealthKey key, HealthKey.Type type) {
        if (key.type() != type) {
            throw new IllegalArgumentException(key.keyName() + " is told as " + key.type() + ", not as " + type);
        }
        return key;
    }
}
