package dev.postevent.console;

import dev.postevent.internal.config.Bounds;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * What the configuration says about the console.
 *
 * @param payload what is shown of the data of an event
 * @param payloadMax most bytes of it, where it is limited
 * @param masked whose values are hidden
 * @param environment the name of the environment; empty: none is shown
 */
record ConsoleSettings(Payload payload, int payloadMax, List<MaskedPath> masked, Optional<String> environment) {
    private static final int ENVIRONMENT_MAX = 40;

    ConsoleSettings {
        masked = List.copyOf(masked);
    }

    /** What is shown of the data of an event. */
    enum Payload {
        NONE,
        MASKED,
        LIMITED,
        FULL;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Whether it is switched on.
     *
     * @param config the value of a key; empty: not set
     * @throws IllegalArgumentException if the value is neither true nor false
     */
    static boolean isEnabled(Function<String, Optional<String>> config) {
        String text = text(config, ConsoleKey.ENABLED);
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw new IllegalArgumentException(
                        ConsoleKey.ENABLED.keyName() + " is '" + text + "', expected true or false");
        };
    }

    /**
     * Reads all of it.
     *
     * @param config the value of a key; empty: not set
     * @throws IllegalArgumentException with all that is wrong
     */
    static ConsoleSettings of(Function<String, Optional<String>> config) {
        List<String> faults = new ArrayList<>();
        Payload payload = payload(text(config, ConsoleKey.PAYLOAD), faults);
        int most = (int) ConsoleKey.PAYLOAD_SIZE_MAX
                .bounds()
                .orElseThrow()
                .read(
                        Bounds.Kind.SIZE,
                        ConsoleKey.PAYLOAD_SIZE_MAX.keyName(),
                        text(config, ConsoleKey.PAYLOAD_SIZE_MAX),
                        ConsoleKey.PAYLOAD_SIZE_MAX.defaultValue(),
                        faults::add);
        List<MaskedPath> masked = masked(text(config, ConsoleKey.MASKED), faults);
        if (payload == Payload.MASKED && masked.isEmpty()) {
            faults.add(ConsoleKey.PAYLOAD.keyName() + " is masked, but " + ConsoleKey.MASKED.keyName()
                    + " does not say what is to be hidden");
        } else if (payload != Payload.MASKED && !masked.isEmpty()) {
            faults.add(ConsoleKey.MASKED.keyName() + " is set, but nothing is hidden while "
                    + ConsoleKey.PAYLOAD.keyName() + " is " + payload + "; set it to masked");
        }
        String environment = text(config, ConsoleKey.ENVIRONMENT);
        if (environment.codePointCount(0, environment.length()) > ENVIRONMENT_MAX) {
            faults.add(ConsoleKey.ENVIRONMENT.keyName() + " has "
                    + environment.codePointCount(0, environment.length()) + " characters, expected at most "
                    + ENVIRONMENT_MAX);
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        return new ConsoleSettings(
                payload, most, masked, Optional.of(environment).filter(name -> !name.isEmpty()));
    }

    private static Payload payload(String text, List<String> faults) {
        for (Payload payload : Payload.values()) {
            if (payload.toString().equals(text)) {
                return payload;
            }
        }
        faults.add(ConsoleKey.PAYLOAD.keyName() + " is '" + text + "', expected none, masked, limited or full");
        return Payload.NONE;
    }

    private static List<MaskedPath> masked(String text, List<String> faults) {
        List<MaskedPath> all = new ArrayList<>();
        for (String pointer : text.split(",", -1)) {
            if (!pointer.isBlank()) {
                try {
                    all.add(MaskedPath.of(pointer.strip()));
                } catch (IllegalArgumentException e) {
                    faults.add(ConsoleKey.MASKED.keyName() + ": " + e.getMessage());
                }
            }
        }
        return all;
    }

    private static String text(Function<String, Optional<String>> config, ConsoleKey key) {
        return config.apply(key.keyName()).map(String::strip).orElse(key.defaultValue());
    }
}
