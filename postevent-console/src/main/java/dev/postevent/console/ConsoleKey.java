package dev.postevent.console;

import dev.postevent.internal.config.Bounds;
import dev.postevent.spi.ConfigKey;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Every configuration key of this module. docs/configuration.md is checked against this list by a test. */
@SuppressWarnings("ImmutableEnumChecker") // bounds never change
enum ConsoleKey {
    ENABLED(
            "postevent.console.enabled",
            "false",
            "true, false",
            "Switches the console on: the page under /postevent/ of the application's context root, and REST under /postevent/api/v1/. Who may use it has the role postevent-read, or postevent-operate to change something, too; where the server has no security switched on, nobody may."),
    PAYLOAD(
            "postevent.console.payload",
            "limited",
            "none, masked, limited, full",
            "What is shown of the data of an event: nothing; JSON without the values of postevent.console.masked, and nothing of what is no JSON; its first bytes; all of it."),
    PAYLOAD_SIZE_MAX(
            "postevent.console.payload-size-max",
            "4KiB",
            Bounds.size(64, 64 * Bounds.MIB),
            "Most bytes of the data that are shown, where postevent.console.payload is masked or limited."),
    MASKED(
            "postevent.console.masked",
            "",
            "JSON pointers, with commas",
            "Whose values are hidden where postevent.console.payload is masked, with all that is in them; * in a pointer is each element of an array and each member of an object: /card/number,/items/*/note"),
    ENVIRONMENT(
            "postevent.console.environment",
            "",
            "text, at most 40 characters",
            "What the page says above all else, so that nobody takes production for something else.");

    private final ConfigKey told;
    private final @Nullable Bounds bounds;

    ConsoleKey(String keyName, String defaultValue, String allowed, String meaning) {
        this(keyName, defaultValue, allowed, null, meaning);
    }

    ConsoleKey(String keyName, String defaultValue, Bounds bounds, String meaning) {
        this(keyName, defaultValue, bounds.toString(), bounds, meaning);
    }

    ConsoleKey(String keyName, String defaultValue, String allowed, @Nullable Bounds bounds, String meaning) {
        ConfigKey key = ConfigKey.of(keyName, allowed, meaning);
        this.told = defaultValue.isEmpty() ? key : key.withDefault(defaultValue);
        this.bounds = bounds;
    }

    String keyName() {
        return told.name();
    }

    /** What counts where nothing is set; empty: nothing does. */
    String defaultValue() {
        return told.defaultValue().orElse("");
    }

    /** The least and the greatest, if it is a size. */
    Optional<Bounds> bounds() {
        return Optional.ofNullable(bounds);
    }

    static List<ConfigKey> all() {
        return Arrays.stream(values()).map(key -> key.told).toList();
    }
}
