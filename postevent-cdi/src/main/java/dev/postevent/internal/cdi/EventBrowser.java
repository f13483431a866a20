package dev.postevent.internal.cdi;

import dev.postevent.EventFilter;
import dev.postevent.EventPage;
import dev.postevent.NotFoundException;
import dev.postevent.StoredEvent;
import dev.postevent.internal.flow.EventSearch;
import dev.postevent.spi.TopicName;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Finds events of the topics of an application, wherever it has them. */
final class EventBrowser {
    private static final int LIMIT_MAX = 1_000;

    private final Plan plan;
    private final EventSearch published;
    private final EventSearch received;

    /**
     * Over both.
     *
     * @param published topics of this application
     * @param received remote topics
     */
    EventBrowser(Plan plan, EventSearch published, EventSearch received) {
        this.plan = plan;
        this.published = published;
        this.received = received;
    }

    /** See {@link dev.postevent.Subscriptions#events}. */
    EventPage find(EventFilter filter, long before, int limit) {
        if (limit < 1 || limit > LIMIT_MAX) {
            throw new IllegalArgumentException("limit must be 1 to " + LIMIT_MAX + ", got " + limit);
        }
        if (before < 1) {
            throw new IllegalArgumentException("before must be at least 1, got " + before);
        }
        TopicName topic = topic(filter.topic());
        long last = filter.lastPosition().orElse(Long.MAX_VALUE);
        EventSearch.Page found = in(topic)
                .find(
                        topic,
                        new EventSearch.Wanted(
                                filter.id().orElse(null),
                                filter.source().orElse(null),
                                filter.subject().orElse(null),
                                filter.type().orElse(null),
                                filter.after().orElse(null),
                                filter.until().orElse(null)),
                        new EventSearch.Stretch(filter.firstPosition(), last < before ? last + 1 : before, limit));
        return new FoundPage(
                found.found().stream().<StoredEvent>map(FoundEvent::new).toList(), found.next());
    }

    /** See {@link dev.postevent.Subscriptions#event}. */
    Optional<StoredEvent> at(String name, long position) {
        if (position < 1) {
            throw new IllegalArgumentException("a position is at least 1, got " + position);
        }
        TopicName topic = topic(name);
        return Optional.ofNullable(in(topic).at(topic, position)).map(FoundEvent::new);
    }

    private EventSearch in(TopicName topic) {
        return plan.remotes().containsKey(topic) ? received : published;
    }

    private TopicName topic(String name) {
        TopicName topic = plan.topics().stream()
                .filter(one -> one.value().equals(name))
                .findFirst()
                .orElseThrow(() -> new NotFoundException(
                        "PSTEV34011", "there is no topic '" + name + "' here; there are: " + plan.topics()));
        if (plan.remotes().containsKey(topic) && !plan.durableTopics().contains(topic)) {
            throw new NotFoundException(
                    "PSTEV34012",
                    "of the remote topic '" + name
                            + "' nothing is kept here: no durable observer takes it. Look for its"
                            + " events where it is published");
        }
        return topic;
    }

    /** As it was found. */
    private record FoundPage(List<StoredEvent> events, OptionalLong next) implements EventPage {}
}
