package dev.postevent.sample.intake;

import dev.postevent.EventPublisher;
import dev.postevent.InvalidEventException;
import dev.postevent.PosteventException;
import dev.postevent.Topic;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code POST /shop/events/{topic}}: CloudEvents over HTTP.
 *
 * <p>202 with the positions once all events of the request are committed; 400 with the rule that was broken, 404 for a topic that
 * does not exist, 409 for an event that is there already and for a topic of another
 * application, 413 for a body that is too long: nothing was published then.
 */
@WebServlet("/events/*")
public class CloudEventsServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final String UNKNOWN_TOPIC = "PSTEV31001";
    private static final int BODY_MAX = 16 * 1024 * 1024;

    @Inject
    @Any
    transient Instance<EventPublisher> publishers;

    @Inject
    transient EventIntake intake;

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        byte[] body = request.getInputStream().readNBytes(BODY_MAX + 1);
        if (body.length > BODY_MAX) {
            refuse(response, HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE, "at most " + BODY_MAX + " bytes");
            return;
        }
        try {
            Optional<EventPublisher> topic = topic(request); // refused here if the topic is another application's
            if (topic.isEmpty()) {
                refuse(response, HttpServletResponse.SC_NOT_FOUND, "there is no topic " + request.getPathInfo());
                return;
            }
            accepted(response, intake.publish(topic.get(), events(request, body)));
        } catch (Malformed | InvalidEventException e) {
            refuse(response, HttpServletResponse.SC_BAD_REQUEST, String.valueOf(e.getMessage()));
        } catch (PosteventException e) {
            int status =
                    e.code().equals(UNKNOWN_TOPIC) ? HttpServletResponse.SC_NOT_FOUND : HttpServletResponse.SC_CONFLICT;
            refuse(response, status, String.valueOf(e.getMessage()));
        }
    }

    private static List<CloudEvent> events(HttpServletRequest request, byte[] body) throws Malformed {
        String contentType = request.getContentType() == null
                ? ""
                : request.getContentType().replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
        if (contentType.equals("application/cloudevents+json")) {
            return List.of(JsonEvents.one(body));
        }
        if (contentType.equals("application/cloudevents-batch+json")) {
            return JsonEvents.batch(body);
        }
        if (contentType.startsWith("application/cloudevents")) {
            throw new Malformed("content type " + contentType + " is not known; known are"
                    + " application/cloudevents+json and application/cloudevents-batch+json");
        }
        if (BinaryEvent.is(request)) {
            return List.of(BinaryEvent.of(request, body));
        }
        throw new Malformed("no CloudEvent: neither content type application/cloudevents+json or"
                + " application/cloudevents-batch+json nor a header that begins with ce-");
    }

    private Optional<EventPublisher> topic(HttpServletRequest request) {
        String path = request.getPathInfo();
        if (path == null || !path.matches("/[a-z][a-z0-9_]{0,47}")) {
            return Optional.empty();
        }
        return Optional.of(
                publishers.select(Topic.Literal.of(path.substring(1))).get());
    }

    private static void accepted(HttpServletResponse response, List<Long> positions) throws IOException {
        JsonArrayBuilder array = Json.createArrayBuilder();
        positions.forEach(array::add);
        answer(
                response,
                HttpServletResponse.SC_ACCEPTED,
                Json.createObjectBuilder().add("positions", array).build());
    }

    private static void refuse(HttpServletResponse response, int status, String error) throws IOException {
        answer(response, status, Json.createObjectBuilder().add("error", error).build());
    }

    private static void answer(HttpServletResponse response, int status, JsonObject body) throws IOException {
        response.setStatus(status);
        response.setContentType("application/json");
        response.setCharacterEncoding("UTF-8");
        response.getWriter().write(body.toString());
    }
}
