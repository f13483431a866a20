package dev.postevent.internal.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** Finds subscriptions whose keys are not theirs alone: a subscription's name may have dots and hyphens, and is part of its keys. Pure. */
final class SubscriptionNames {
    private static final String ALL = Key.SUBSCRIPTION_PREFIX.substring(
            Key.ONE_SUBSCRIPTION_PREFIX.length(), Key.SUBSCRIPTION_PREFIX.length() - 1);

    private SubscriptionNames() {}

    /** Progress goes by the name. */
    private static final String KEEPING =
            ". One that has run goes on under its new name only if, before the start, the owner"
                    + " of the tables runs: update postevent_inbox.subscription set name = '<new>' where application ="
                    + " '<postevent.application>' and name = '<old>'; else it is a new one, which begins at its start";

    /** A fault for each two names that are one as environment variables, and for each that begins with a key of another one. */
    static List<String> clashes(Collection<String> subscriptions) {
        List<String> names = new ArrayList<>(new TreeSet<>(subscriptions));
        List<String> faults = new ArrayList<>();
        for (String name : names) {
            if (isOneVariable(name, ALL)) {
                faults.add("a subscription is called '" + name + "', but keys that begin with "
                        + Key.SUBSCRIPTION_PREFIX + " are for all subscriptions: give it another name" + KEEPING);
            }
        }
        for (int i = 0; i < names.size(); i++) {
            for (String other : names.subList(i + 1, names.size())) {
                String name = names.get(i);
                if (isOneVariable(name, other)) {
                    faults.add("the subscriptions '" + name + "' and '" + other
                            + "' are one in environment variables: "
                            + EnvironmentNames.capitals(Key.ONE_SUBSCRIPTION_PREFIX + name)
                            + "_... would be for both. Give one of them another name" + KEEPING);
                }
                if (isBelow(other, name) || isBelow(name, other)) {
                    faults.add("the subscriptions '" + name + "' and '" + other + "' have keys of which one is below"
                            + " the other: give one of them another name" + KEEPING);
                }
            }
        }
        return faults;
    }

    private static boolean isOneVariable(String a, String b) {
        return EnvironmentNames.capitals(a).equals(EnvironmentNames.capitals(b));
    }

    private static boolean isBelow(String name, String other) {
        return Arrays.stream(Key.values())
                .filter(Key::isOfSubscriptions)
                .map(key -> other + "." + key.afterSubscription())
                .anyMatch(key -> name.equals(key) || name.startsWith(key + "."));
    }
}
