package dev.postevent.internal.config;

import dev.postevent.spi.TopicName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/** Finds what is named like a key of ours and is none, and the key that was probably meant. Pure. */
final class UnknownKeys {
    private final Set<String> subscriptions;
    private final Set<String> known = new TreeSet<>();
    private final Set<String> readable = new TreeSet<>();
    private final EnvironmentNames today;
    private final EnvironmentNames environment;

    /**
     * For one application.
     *
     * @param subscriptions the names there are
     * @param others names of keys that others read, with {@link Key#TOPIC} for any topic
     */
    UnknownKeys(Collection<String> subscriptions, Collection<String> others) {
        this.subscriptions = new TreeSet<>(subscriptions);
        Arrays.stream(Key.values())
                .filter(key -> !key.isOfOneSubscription())
                .map(Key::keyName)
                .forEach(known::add);
        known.addAll(others);
        for (String subscription : subscriptions) {
            Arrays.stream(Key.values())
                    .filter(Key::isOfSubscriptions)
                    .forEach(key -> known.add(key.keyNameFor(subscription)));
        }
        readable.addAll(known);
        readable.addAll(FormerKeys.of(known));
        this.today = new EnvironmentNames(known);
        this.environment = new EnvironmentNames(readable);
    }

    /**
     * A fault for each of these names that nobody reads.
     *
     * @param seen all names that the configuration has
     * @param value the value of one of them; empty: none
     */
    List<String> faults(Set<String> seen, UnaryOperator<String> value) {
        List<String> faults = new ArrayList<>();
        for (String name : seen) {
            Optional<String> instead = FormerKeys.insteadOf(name);
            if (instead.isPresent()) {
                faults.add("the configuration has the key '" + name + "', which is '" + instead.get()
                        + "' now; under its former name it is not read, because as an environment variable that is"
                        + " another key");
            } else if (EnvironmentNames.isOurs(name)) {
                if (!environment.knows(name) && !EnvironmentNames.isOfAService(name, value.apply(name))) {
                    faults.add("the environment has the variable '" + name + "', which is no key of postevent"
                            + nearest(name, today.all()));
                }
            } else if (name.startsWith("postevent.")
                    && !readable.contains(name)
                    && !isOfATopic(name)
                    && !EnvironmentNames.isMadeOf(name, seen)) {
                faults.add("the configuration has the key '" + name + "', which postevent does not know" + hint(name));
            }
        }
        return faults;
    }

    private String hint(String name) {
        if (name.startsWith(Key.ONE_SUBSCRIPTION_PREFIX)
                && !name.startsWith(Key.SUBSCRIPTION_PREFIX)
                && subscriptions.stream().noneMatch(one -> name.startsWith(Key.ONE_SUBSCRIPTION_PREFIX + one + "."))) {
            return "; subscriptions here: " + subscriptions;
        }
        for (Key key : Key.values()) {
            if (key.isOfOneSubscription() && name.equals(Key.SUBSCRIPTION_PREFIX + key.afterSubscription())) {
                return "; that is said for one subscription at a time, with the key '" + key.keyName() + "'";
            }
        }
        for (String reserved : Key.RESERVED) {
            if (name.startsWith(Key.ONE_TOPIC_PREFIX + reserved + ".")) {
                return "; a topic that is called '" + reserved
                        + "' has no keys of its own, give it another name in this application";
            }
        }
        return nearest(name, known);
    }

    private boolean isOfATopic(String name) {
        return readable.stream().filter(key -> key.contains(Key.TOPIC)).anyMatch(key -> {
            int at = key.indexOf(Key.TOPIC);
            String rest = key.substring(at + Key.TOPIC.length());
            if (name.length() <= at + rest.length() || !name.startsWith(key.substring(0, at)) || !name.endsWith(rest)) {
                return false;
            }
            String topic = name.substring(at, name.length() - rest.length());
            return TopicName.isValid(topic) && !(key.startsWith(Key.ONE_TOPIC_PREFIX) && Key.RESERVED.contains(topic));
        });
    }

    /**
     * The end of a sentence that asks whether the nearest of {@code known} was meant; empty: none is near, which is as a slip of the pen
     * is, in four letters at most, and in a third of a short name.
     */
    static String nearest(String name, Set<String> known) {
        return known.stream()
                .min((a, b) -> Integer.compare(distance(a, name), distance(b, name)))
                .filter(key -> distance(key, name) <= Math.min(4, name.length() / 3))
                .map(key -> "; did you mean '" + key + "'?")
                .orElse("");
    }

    /** Levenshtein's distance: how many letters have to be put in, taken out or changed. */
    private static int distance(String a, String b) {
        int[] previous = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int[] current = new int[b.length() + 1];
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(change, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[b.length()];
    }
}
