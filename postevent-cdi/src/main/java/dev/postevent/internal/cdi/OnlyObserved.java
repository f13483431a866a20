package dev.postevent.internal.cdi;

import dev.postevent.internal.config.Settings;
import dev.postevent.spi.TopicName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Topics that come into being because somebody observes them, and for no other reason: nobody may ever publish there. Pure. */
final class OnlyObserved {
    private final Set<TopicName> meant;
    private final List<TopicObserver> observers;

    /**
     * For one application.
     *
     * @param meant topics that somebody publishes to here, or named in the configuration
     */
    OnlyObserved(Set<TopicName> meant, List<TopicObserver> observers) {
        this.meant = meant;
        this.observers = observers;
    }

    /**
     * A sentence for each.
     *
     * @param topics those of this database
     * @param before those that had been made before this start
     */
    List<String> told(Collection<TopicName> topics, Set<TopicName> before) {
        List<String> told = new ArrayList<>();
        Set<String> others = new TreeSet<>();
        meant.forEach(topic -> others.add(topic.value()));
        before.forEach(topic -> others.add(topic.value()));
        for (TopicName topic : new TreeSet<>(topics)) {
            if (!meant.contains(topic) && !before.contains(topic)) {
                told.add("topic " + topic + " is new: it was made because it is observed (" + by(topic)
                        + "), and nothing in this application publishes to it" + Settings.nearest(topic.value(), others)
                        + ". If it is published to in another way (another application, SQL), all is well; else correct"
                        + " the name at @Topic, and drop the table " + topic.table() + " with its rows of"
                        + " postevent_internal.schema_version");
            }
        }
        return told;
    }

    private String by(TopicName topic) {
        return observers.stream()
                .filter(observer -> observer.topic().equals(topic))
                .map(TopicObserver::where)
                .sorted()
                .collect(Collectors.joining(", "));
    }
}
