package dev.postevent.console;

import dev.postevent.EventFilter;
import dev.postevent.EventPage;
import dev.postevent.StoredEvent;
import dev.postevent.Subscriptions;
import jakarta.json.JsonObject;
import java.util.Optional;
import java.util.Set;

/** Looks for events of topics. */
final class EventCalls {
    /** Parameters of a search. */
    static final Set<String> CONDITIONS =
            Set.of("first", "last", "id", "source", "subject", "type", "after", "until", "before", "limit");

    private static final int LIMIT = 100;
    private static final int LIMIT_MAX = 1_000;

    private final Subscriptions subscriptions;
    private final Json json;
    private final ShownData data;

    EventCalls(Subscriptions subscriptions, Json json, ShownData data) {
        this.subscriptions = subscriptions;
        this.json = json;
        this.data = data;
    }

    JsonObject events(Call call) {
        long before = call.number("before", 1, Long.MAX_VALUE).orElse(Long.MAX_VALUE);
        int limit = (int) call.number("limit", 1, LIMIT_MAX).orElse(LIMIT);
        EventPage page = subscriptions.events(filter(call), before, limit);
        return json.fields()
                .objects("items", page.events().stream().map(this::fields).toList())
                .number("next", page.next())
                .build();
    }

    private static EventFilter filter(Call call) {
        EventFilter filter = EventFilter.of(call.name("topic"));
        filter = filter.positions(
                call.number("first", 1, Long.MAX_VALUE).orElse(1),
                call.number("last", 1, Long.MAX_VALUE).orElse(Long.MAX_VALUE));
        filter = call.text("id").map(filter::id).orElse(filter);
        filter = call.text("source").map(filter::source).orElse(filter);
        filter = call.text("subject").map(filter::subject).orElse(filter);
        filter = call.text("type").map(filter::type).orElse(filter);
        filter = call.time("after").map(filter::after).orElse(filter);
        return call.time("until").map(filter::until).orElse(filter);
    }

    JsonObject event(Call call) {
        String topic = call.name("topic");
        long position = call.position("position");
        StoredEvent event = subscriptions
                .event(topic, position)
                .orElseThrow(() -> Problem.notFound("topic " + topic + " has no event at position " + position));
        Fields fields = fields(event);
        Optional<byte[]> bytes = event.data();
        bytes.ifPresent(all -> fields.object("data", data.of(all, event.contentType())));
        return fields.build();
    }

    private Fields fields(StoredEvent event) {
        Fields fields = json.fields()
                .add("position", event.position())
                .add("id", event.id())
                .add("source", event.source())
                .add("type", event.type())
                .text("subject", event.subject())
                .time("time", event.time())
                .text("contentType", event.contentType())
                .text("dataSchema", event.dataSchema())
                .number("size", event.size());
        return event.extensions().isEmpty() ? fields : fields.texts("extensions", event.extensions());
    }
}
