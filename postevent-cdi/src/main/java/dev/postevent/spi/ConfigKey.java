package dev.postevent.spi;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A configuration key that a transport, or another JAR beside the library, reads. Immutable.
 *
 * <pre>{@code
 * ConfigKey.of("postevent.pigeon.flock", "1 to 99", "How many birds carry one batch.").withDefault("2")
 * }</pre>
 *
 * @since 0.1.0
 */
public final class ConfigKey {
    private final String name;
    private final @Nullable String defaultValue;
    private final String allowed;
    private final String meaning;

    private ConfigKey(String name, @Nullable String defaultValue, String allowed, String meaning) {
        this.name = Objects.requireNonNull(name, "name");
        this.defaultValue = defaultValue;
        this.allowed = Objects.requireNonNull(allowed, "allowed");
        this.meaning = Objects.requireNonNull(meaning, "meaning");
    }

    /**
     * A key without a default.
     *
     * @param name begins with {@code postevent.}; {@code <topic>} in it stands for any topic name
     * @param allowed unit and bounds, or the values it may have
     * @param meaning what it does, for docs/configuration.md
     */
    public static ConfigKey of(String name, String allowed, String meaning) {
        return new ConfigKey(name, null, allowed, meaning);
    }

    /** The same key with a default, as text. */
    public ConfigKey withDefault(String value) {
        return new ConfigKey(name, value, allowed, meaning);
    }

    /** Begins with {@code postevent.}; {@code <topic>} in it stands for any topic name. */
    public String name() {
        return name;
    }

    /** What counts where nothing is set, as text; empty: nothing does. */
    public Optional<String> defaultValue() {
        return Optional.ofNullable(defaultValue);
    }

    /** Unit and bounds, or the values it may have. */
    public String allowed() {
        return allowed;
    }

    /** What it does. */
    public String meaning() {
        return meaning;
    }

    @Override
    public String toString() {
        return name;
    }
}
