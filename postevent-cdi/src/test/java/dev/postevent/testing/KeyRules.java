package dev.postevent.testing;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rules for the names of configuration keys, whichever module has them. {@code <topic>} and {@code <subscription>} in a name stand for any;
 * names that the deployment refuses there are left out.
 */
public final class KeyRules {
    private static final String TOPIC = "<topic>";
    private static final String SUBSCRIPTION = "<subscription>";
    private static final Pattern BARE = Pattern.compile("(ms|s|bytes|seconds|millis), .*");
    private static final Pattern SWITCH = Pattern.compile(".*\\b(on|off|yes|no|enabled|disabled)\\b.*");
    private static final Pattern UNIT =
            Pattern.compile(".*-(ms|millis|s|sec|seconds|minutes|hours|days|bytes|kb|mb|events|rows)");

    private static final Pattern BOUNDS = Pattern.compile("(?:.*, )?([0-9]+[A-Za-z]* to [0-9]+[A-Za-z]*)(?:, .*)?");

    private KeyRules() {}

    /** True if this is a least and a greatest, with whatever is said beside them. */
    public static boolean areBounds(String allowed) {
        return BOUNDS.matcher(allowed).matches();
    }

    /** The least and the greatest alone: {@code 1s to 10m}. */
    public static String bounds(String allowed) {
        Matcher bounds = BOUNDS.matcher(allowed);
        if (!bounds.matches()) {
            throw new IllegalArgumentException("these are no bounds: " + allowed);
        }
        return bounds.group(1);
    }

    /**
     * What of all these is broken.
     *
     * @param allowed unit and bounds, or values, as keys have them
     */
    public static List<String> broken(Collection<String> keys, Collection<String> allowed) {
        List<String> found = new ArrayList<>();
        found.addAll(oneVariable(keys));
        found.addAll(valueAndParent(keys));
        withUnit(keys).forEach(key -> found.add(key + " has its unit in its name"));
        otherThanTrueAndFalse(allowed).forEach(values -> found.add("'" + values + "' are not true and false"));
        allowed.stream()
                .filter(values -> BARE.matcher(values).matches())
                .forEach(values -> found.add("'" + values + "' is a number that has a unit and does not say it"));
        return found;
    }

    /** Values of what is on or off: anything but true and false would be taken for false by one reader and for true by another. */
    public static List<String> otherThanTrueAndFalse(Collection<String> allowed) {
        return allowed.stream()
                .filter(values -> SWITCH.matcher(values).matches())
                .toList();
    }

    /** Two keys that are one environment variable, by the rule of MicroProfile Config: everything but letters and digits is {@code _}. */
    public static List<String> oneVariable(Collection<String> keys) {
        List<String> found = new ArrayList<>();
        for (String key : keys) {
            for (String other : keys) {
                if (!key.equals(other)
                        && variables(key).matcher(variable(example(other))).matches()) {
                    found.add(key + " and " + other + " are both " + variable(example(other)));
                }
            }
        }
        return found;
    }

    /** A key that has another one below it: where configuration is a tree (YAML), it cannot have a value. */
    public static List<String> valueAndParent(Collection<String> keys) {
        List<String> found = new ArrayList<>();
        for (String key : keys) {
            Pattern any = names(key);
            for (String other : keys) {
                String below = example(other);
                for (int dot = below.indexOf('.'); dot >= 0; dot = below.indexOf('.', dot + 1)) {
                    if (any.matcher(below.substring(0, dot)).matches()) {
                        found.add(key + " has " + other + " below it");
                    }
                }
            }
        }
        return found;
    }

    /** A name that ends with a unit: the value has it. */
    public static List<String> withUnit(Collection<String> keys) {
        return keys.stream().filter(key -> UNIT.matcher(key).matches()).toList();
    }

    private static String example(String key) {
        return key.replace(TOPIC, "a").replace(SUBSCRIPTION, "a");
    }

    private static String variable(String key) {
        return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
    }

    private static Pattern variables(String key) {
        return any(
                key,
                variable(TOPIC),
                variable(SUBSCRIPTION),
                variable(key),
                "NAMES|DEFAULTS",
                "DEFAULTS",
                "[A-Z][A-Z0-9_]*");
    }

    private static Pattern names(String key) {
        return any(key, TOPIC, SUBSCRIPTION, key, "names|defaults", "defaults", "[A-Za-z][A-Za-z0-9_-]*");
    }

    private static Pattern any(
            String key,
            String topic,
            String subscription,
            String name,
            String noTopic,
            String noSubscription,
            String any) {
        String stands = key.contains(TOPIC) ? topic : subscription;
        if (!key.contains(TOPIC) && !key.contains(SUBSCRIPTION)) {
            return Pattern.compile(Pattern.quote(name));
        }
        int at = name.indexOf(stands);
        String rest = Pattern.quote(name.substring(at + stands.length()));
        String refused =
                key.contains(SUBSCRIPTION) ? noSubscription : key.startsWith("postevent.topics.") ? noTopic : "(?!)";
        return Pattern.compile(
                Pattern.quote(name.substring(0, at)) + "(?!(?:" + refused + ")" + rest + "$)" + any + rest);
    }
}
