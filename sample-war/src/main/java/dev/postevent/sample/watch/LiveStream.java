package dev.postevent.sample.watch;

import dev.postevent.Delivery;
import dev.postevent.Live;
import dev.postevent.Topic;
import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.OutboundSseEvent;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Hands every event to the pages that are open, as server-sent events: a live observer, fed straight from the feed. Nothing is
 * remembered; a page that opens reads what it needs through the API first.
 */
@ApplicationScoped
public class LiveStream {
    private static final int CLIENTS_MAX = 100;
    private static final int PENDING_MAX = 200;
    private static final int TEXT_MAX = 500;

    private final List<Client> clients = new CopyOnWriteArrayList<>();

    private record Client(SseEventSink sink, Sse sse, AtomicInteger pending) {}

    /** Adds a page; false if there are too many. */
    boolean add(SseEventSink sink, Sse sse) {
        clients.removeIf(client -> client.sink().isClosed());
        return clients.size() < CLIENTS_MAX && clients.add(new Client(sink, sse, new AtomicInteger()));
    }

    /** How many pages listen. */
    int size() {
        return clients.size();
    }

    @Live
    void onOrder(@ObservesAsync @Topic("orders") CloudEvent event, Delivery delivery) {
        if (!clients.isEmpty()) {
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

    /** Sends to all; a page that does not keep up is dropped and comes again by itself. */
    void send(String name, Object data) {
        for (Client client : clients) {
            if (client.sink().isClosed() || client.pending().get() >= PENDING_MAX) {
                drop(client);
                continue;
            }
            OutboundSseEvent message = client.sse()
                    .newEventBuilder()
                    .name(name)
                    .mediaType(MediaType.APPLICATION_JSON_TYPE)
                    .data(data.getClass(), data)
                    .build();
            client.pending().incrementAndGet();
            client.sink().send(message).whenComplete((sent, failure) -> {
                client.pending().decrementAndGet();
                if (failure != null) {
                    drop(client); // the page was closed
                }
            });
        }
    }

    @PreDestroy
    void close() {
        clients.forEach(this::drop);
    }

    private void drop(Client client) {
        clients.remove(client);
        client.sink().close();
    }

    private static @Nullable String text(CloudEvent event) {
        CloudEventData data = event.getData();
        String contentType = event.getDataContentType();
        if (data == null || contentType == null || !contentType.matches("(?i)text/.*|.*[/+]json.*")) {
            return null;
        }
        String text = new String(data.toBytes(), StandardCharsets.UTF_8);
        return text.length() <= TEXT_MAX ? text : text.substring(0, TEXT_MAX) + "…";
    }
}
