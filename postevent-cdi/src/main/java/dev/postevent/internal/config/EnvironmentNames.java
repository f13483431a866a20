package dev.postevent.internal.config;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Keys as environment variables, by the rule of MicroProfile Config ("Environment Variables Mapping Rules"): every character that is
 * neither a letter nor a digit is an underscore, and the whole may be in capitals. Pure.
 */
final class EnvironmentNames {
    private static final Pattern OURS = Pattern.compile("(?:POSTEVENT|postevent)_.+");
    // what Kubernetes and Docker tell every container about a service whose name begins with ours
    private static final Pattern SERVICE = Pattern.compile(
            "[A-Z0-9_]+_(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT_\\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)");
    private static final Pattern SERVICE_URL = Pattern.compile("(?:tcp|udp|sctp)://.*");
    private static final String ANY_TOPIC = "[A-Z][A-Z0-9_]{0,47}";

    private final Set<String> names;
    private final Set<Pattern> ofTopics;

    /** The variables for {@code keys}, of which those with {@link Key#TOPIC} stand for any topic. */
    EnvironmentNames(Collection<String> keys) {
        this.names = keys.stream()
                .filter(key -> !key.contains(Key.TOPIC))
                .map(EnvironmentNames::capitals)
                .collect(Collectors.toCollection(TreeSet::new));
        this.ofTopics = keys.stream()
                .filter(key -> key.contains(Key.TOPIC))
                .map(EnvironmentNames::ofAnyTopic)
                .collect(Collectors.toUnmodifiableSet());
    }

    private static Pattern ofAnyTopic(String key) {
        String name = capitals(key);
        String topic = capitals(Key.TOPIC);
        if (!key.startsWith(Key.ONE_TOPIC_PREFIX)) {
            return Pattern.compile(name.replace(topic, ANY_TOPIC));
        }
        String rest = name.substring(name.indexOf(topic) + topic.length());
        String reserved = String.join("|", Key.RESERVED).toUpperCase(Locale.ROOT);
        return Pattern.compile(name.replace(topic, "(?!(?:" + reserved + ")" + rest + "$)" + ANY_TOPIC));
    }

    static String capitals(String key) {
        return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }

    /** True for a name that somebody who wrote it meant for us. */
    static boolean isOurs(String name) {
        return OURS.matcher(name).matches();
    }

    /**
     * True for a name that an implementation (SmallRye) lists beside a variable, as its guess at the key: for {@code
     * POSTEVENT_STOP_LIMIT} {@code postevent.stop.limit}, which nobody wrote.
     */
    static boolean isMadeOf(String name, Collection<String> variables) {
        String capitals = capitals(name);
        return variables.stream()
                .anyMatch(variable ->
                        isOurs(variable) && variable.toUpperCase(Locale.ROOT).equals(capitals));
    }

    /** True for a variable that an orchestrator makes for a service called, for instance, {@code postevent-shop}. */
    static boolean isOfAService(String name, String value) {
        return SERVICE.matcher(name).matches()
                || (name.endsWith("_PORT") && SERVICE_URL.matcher(value).matches());
    }

    /** True if it is read for one of the keys. */
    boolean knows(String name) {
        String capitals = name.toUpperCase(Locale.ROOT);
        return names.contains(capitals)
                || ofTopics.stream().anyMatch(key -> key.matcher(capitals).matches());
    }

    /** All that are not of a topic. */
    Set<String> all() {
        return names;
    }
}
