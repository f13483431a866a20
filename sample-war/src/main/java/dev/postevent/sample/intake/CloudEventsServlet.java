package dev.postevent.sample.intake;

import dev.postevent.EventPublisher;
import dev.postevent.PosteventException;
import dev.postevent.Topic;
import dev.postevent.sample.PosteventFaults;
import dev.postevent.sample.web.JsonAnswer;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
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
 * application, 413, 408 and 503 for a body that is too long, too slow or too much ({@link
 * dev.postevent.sample.web.BodyLimit}), 503 also where the database is away for a moment: nothing was published then.
 */
@WebServlet("/events/*")
public class CloudEventsServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    @Inject
    @Any
    transient Instance<EventPublisher> publishers;

    @Inject
    transient EventIntake intake;

    @Override
    protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            Optional<EventPublisher> topic = topic(request); // refused here if the topic is another application's
            if (topic.isEmpty()) {
                JsonAnswer.refuse(
                        response, HttpServletResponse.SC_NOT_FOUND, "there is no topic " + request.getPathInfo());
                return;
            }
            accepted(response, intake.publish(topic.get(), events(request)));
        } catch (Malformed e) {
            JsonAnswer.refuse(response, HttpServletResponse.SC_BAD_REQUEST, String.valueOf(e.getMessage()));
        } catch (PosteventException e) {
            JsonAnswer.refuse(response, PosteventFaults.status(e).getStatusCode(), String.valueOf(e.getMessage()));
        }
    }

    private static List<CloudEvent> events(HttpServletRequest request) throws Malformed, IOException {
        String contentType = request.getContentType() == null
                ? ""
                : request.getContentType().replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
        if (contentType.equals("application/cloudevents+json")) {
            return List.of(JsonEvents.one(request.getInputStream()));
        }
        if (contentType.equals("application/cloudevents-batch+json")) {
            return JsonEvents.batch(request.getInputStream());
        }
        if (contentType.startsWith("application/cloudevents")) {
            throw new Malformed("content type " + contentType + " is not known; known are"
                    + " application/cloudevents+json and application/cloudevents-batch+json");
        }
        if (BinaryEvent.is(request)) {
            return List.of(BinaryEvent.of(request, request.getInputStream().readAllBytes()));
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
        JsonAnswer.write(
                response,
                HttpServletResponse.SC_ACCEPTED,
                Json.createObjectBuilder().add("positions", array).build());
    }
}
