package dev.postevent.internal.config;

import dev.postevent.Setting;
import dev.postevent.internal.text.Printable;
import dev.postevent.spi.ConfigKey;
import dev.postevent.spi.TopicName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the configuration says, key by key, for people: what counts, and who said so. Nothing secret is in it. */
public final class SettingsTold {
    private static final int CHARACTERS_MAX = 1_000;

    /** What a key of such a value says it may have. */
    private static final String SECRET = "secret";

    // of the last part of a name: what others forget to call secret
    private static final Pattern SECRET_NAME =
            Pattern.compile("(?:.*[.-])?(?:password|passwd|passphrase|secret|token|credentials?|private-key)");

    // up to the last @: a password may have any character in it, whether or not that is allowed there
    private static final Pattern USER_OF_URL = Pattern.compile("(?<=//).*@", Pattern.DOTALL);
    private static final Pattern PARAMETERS_OF_URL = Pattern.compile("\\?.*", Pattern.DOTALL);
    private static final Pattern URL = Pattern.compile("(?:jdbc:|[A-Za-z][A-Za-z0-9+.-]*://)");

    private final Settings settings;
    private final Map<Key, String> derived;

    /**
     * Over a configuration.
     *
     * @param derived what counts for keys whose default says only where it comes from
     */
    public SettingsTold(Settings settings, Map<Key, String> derived) {
        this.settings = settings;
        this.derived = Map.copyOf(derived);
    }

    /** As it is told. */
    private record Told(
            String name,
            Optional<String> value,
            boolean secret,
            Optional<Source> source,
            Optional<String> defaultValue,
            String allowed,
            String meaning)
            implements Setting {}

    /**
     * All keys there are: those of one topic or subscription as far as they are set for one of these.
     *
     * @param others keys of transports and other JARs, with {@link Key#TOPIC} for any topic
     */
    public List<Setting> all(Collection<TopicName> topics, Collection<String> subscriptions, List<ConfigKey> others) {
        List<Setting> all = new ArrayList<>();
        for (Key key : Key.values()) {
            ConfigKey known = known(key);
            if (!key.keyName().contains(Key.TOPIC) && !key.isOfOneSubscription()) {
                all.add(told(known.name(), known, derived.get(key)));
            }
            addOfTopics(all, known, topics);
            if (key.isOfSubscriptions()) {
                subscriptions.forEach(name -> addIfSet(all, key.keyNameFor(name), known));
            }
        }
        for (ConfigKey other : others) {
            if (!other.name().contains(Key.TOPIC)) {
                all.add(told(other.name(), other, null));
            }
            addOfTopics(all, other, topics);
        }
        return all;
    }

    private static ConfigKey known(Key key) {
        ConfigKey known = ConfigKey.of(key.keyName(), key.allowed(), key.meaning());
        return key.defaultValue().isEmpty() ? known : known.withDefault(key.defaultValue());
    }

    private void addOfTopics(List<Setting> all, ConfigKey key, Collection<TopicName> topics) {
        if (key.name().contains(Key.TOPIC)) {
            topics.forEach(topic -> addIfSet(all, key.name().replace(Key.TOPIC, topic.value()), key));
        }
    }

    private void addIfSet(List<Setting> all, String name, ConfigKey key) {
        Setting setting = told(name, key, null);
        if (setting.source().isPresent()) {
            all.add(setting);
        }
    }

    private Setting told(String name, ConfigKey key, @Nullable String derivedValue) {
        Optional<Settings.Said> said = settings.said(name);
        boolean secret = isSecret(key);
        Optional<String> counts = said.map(Settings.Said::value)
                .or(() -> Optional.ofNullable(derivedValue))
                .or(key::defaultValue);
        return new Told(
                name,
                secret ? Optional.empty() : counts.map(SettingsTold::shown),
                secret,
                said.map(Settings.Said::source),
                secret ? Optional.empty() : key.defaultValue(),
                key.allowed(),
                key.meaning());
    }

    /** Whether a value of the key is shown to nobody. */
    static boolean isSecret(ConfigKey key) {
        return key.allowed().equals(SECRET) || SECRET_NAME.matcher(key.name()).matches();
    }

    /** A value without what in a URL may be a password, on one line, and cut. */
    static String shown(String value) {
        String plain = USER_OF_URL.matcher(value).replaceFirst("...@");
        if (URL.matcher(plain).lookingAt()) {
            plain = PARAMETERS_OF_URL.matcher(plain).replaceFirst("?...");
        }
        return Printable.line(plain, CHARACTERS_MAX);
    }
}
