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
                String nearest = Settings.nearest(topic.value(), others);
                told.add("topic " + topic + " is new: it was made because it is observed (" + by(topic)
                        + "), and nothing in this application publishes to it" + (nearest.isEmpty() ? "." : nearest)
                        + " If it is published to in another way (another application, SQL), all is well; else stop the"
                        + " application, correct the name at @Topic, and run, as the owner of the tables: "
                        + unmade(topic));
            }
        }
        return told;
    }

    /** A subscription that is registered stays with its topic; without its rows it begins as a new one. */
    private String unmade(TopicName topic) {
        String of = " where topic = '" + topic + "'";
        List<String> statements = new ArrayList<>(List.of(
                "drop table " + topic.table(),
                "delete from postevent_internal.schema_version where part = 'topic:" + topic + "'",
                "delete from postevent_internal.settled" + of));
        if (observers.stream()
                .anyMatch(observer -> observer.durable() && observer.topic().equals(topic))) {
            statements.add("delete from postevent_inbox.subscription" + of);
            statements.add("delete from postevent_inbox.high_water_mark" + of);
            statements.add("delete from postevent_inbox.origin" + of);
        }
        return String.join("; ", statements);
    }

    private String by(TopicName topic) {
        return observers.stream()
                .filter(observer -> observer.topic().equals(topic))
                .map(TopicObserver::where)
                .sorted()
                .collect(Collectors.joining(", "));
    }
}
