package dev.postevent.sample.watch;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.postevent.Delivery;
import dev.postevent.Live;
import dev.postevent.Topic;
import dev.postevent.sample.ShopJson;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.json.bind.Jsonb;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Hands every event to the pages that are open, as server-sent events: a live observer, fed straight from the feed. Nothing is
 * remembered; a page that opens reads what it needs through the API first.
 *
 * <p>The observer's thread makes the message, once for all pages, and waits for none of them ({@link Page}).
 */
@ApplicationScoped
public class LiveStream {
    static final int PAGES_MAX = 100;
    static final int WAITING_MAX = 200;
    /** WildFly closes after 90 s, many a proxy after 60 s or 30 s. */
    private static final Duration SILENCE_MAX = Duration.ofSeconds(20);

    private static final int TEXT_MAX = 500;

    private final Jsonb json = new ShopJson().getContext(LiveStream.class);
    private final Set<Page> pages = ConcurrentHashMap.newKeySet();

    private boolean closed;

    /** One more page; empty if there are too many, or the application ends. Whoever opens it lets it {@linkplain Page#send send}. */
    synchronized Optional<Page> open() {
        if (closed || pages.size() >= PAGES_MAX) {
            return Optional.empty();
        }
        Page page = new Page(WAITING_MAX, SILENCE_MAX, pages::remove);
        pages.add(page);
        return Optional.of(page);
    }

    /** How many pages listen. */
    int size() {
        return pages.size();
    }

    @Live
    void onOrder(@ObservesAsync @Topic("orders") CloudEvent event, Delivery delivery) {
        if (!pages.isEmpty()) {
            send(
                    "event",
                    new LiveEvent(
                            delivery.topic(),
                            delivery.position(),
                            event.getId(),
                            event.getType(),
                            event.getSubject(),
                            event.getTime(),
                            text(event)));
        }
    }

    /** Sends to all, and waits for none. */
    void send(String name, Object data) {
        byte[] message = message(name, data);
        pages.forEach(page -> page.offer(message));
    }

    /** Tells all how things are now; a page that has not been sent how they were before is told this only. Waits for none. */
    void show(String name, Object data) {
        byte[] message = message(name, data);
        pages.forEach(page -> page.show(message));
    }

    private byte[] message(String name, Object data) {
        // JSON has no line breaks of its own, so one line of data is enough
        return ("event: " + name + "\ndata: " + json.toJson(data) + "\n\n").getBytes(UTF_8);
    }

    @PreDestroy
    void close() {
        synchronized (this) {
            closed = true; // a page that came later would keep its thread, and with it the class loader
        }
        pages.forEach(Page::end);
    }

    private static @Nullable String text(CloudEvent event) {
        CloudEventData data = event.getData();
        String contentType = event.getDataContentType();
        if (data == null || contentType == null || !contentType.matches("(?i)text/.*|.*[/+]json.*")) {
            return null;
        }
        String text = new String(data.toBytes(), UTF_8);
        return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "…";
    }
}
