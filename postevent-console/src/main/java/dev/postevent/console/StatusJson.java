package dev.postevent.console;

import dev.postevent.StatusReport;
import dev.postevent.StatusReport.ConsumerStatus;
import dev.postevent.StatusReport.FeedStatus;
import dev.postevent.StatusReport.LiveStatus;
import dev.postevent.StatusReport.ServerStatus;
import dev.postevent.StatusReport.TopicStatus;
import dev.postevent.Subscriptions.Explanation;
import dev.postevent.Subscriptions.Status;
import jakarta.json.JsonObject;
import java.util.List;

/** The state of everything, as JSON. */
final class StatusJson {
    private static final double MILLIS = 1_000;

    private final Json json;

    StatusJson(Json json) {
        this.json = json;
    }

    JsonObject of(StatusSampler.Sample sample) {
        StatusReport report = sample.report();
        return json.fields()
                .add("at", sample.time())
                .add("node", report.node())
                .texts("faults", report.faults())
                .objects("subscriptions", sample.rows().stream().map(this::row).toList())
                .objects("topics", report.topics().stream().map(this::topic).toList())
                .objects("feeds", report.feeds().stream().map(this::feed).toList())
                .objects("live", report.live().stream().map(this::live).toList())
                .objects("servers", report.servers().stream().map(this::server).toList())
                .objects(
                        "consumers",
                        report.consumers().stream().map(this::consumer).toList())
                .build();
    }

    private Fields row(StatusSampler.Row row) {
        Fields fields = subscription(row.status(), row.explanation());
        row.rate().ifPresent(rate -> fields.add("rate", rate));
        return fields.rows("history", rows(row.history()));
    }

    private static List<long[]> rows(List<StatusSampler.Point> points) {
        return points.stream()
                .map(point -> new long[] {point.time().getEpochSecond(), point.handled(), point.lag()})
                .toList();
    }

    /** One subscription, with all that is known of how it went. */
    JsonObject of(Status status, Explanation explanation, List<StatusSampler.Point> history) {
        Fields fields = subscription(status, explanation);
        return (history.isEmpty() ? fields : fields.rows("history", rows(history))).build();
    }

    private Fields subscription(Status status, Explanation explanation) {
        Fields owners = json.fields();
        status.owners().forEach((node, lanes) -> owners.add(node, lanes.longValue()));
        return json.fields()
                .add("name", status.name())
                .add("topic", status.topic())
                .add("handled", status.handled())
                .add("lag", status.lag())
                .add("lagSeconds", status.lagTime().toMillis() / MILLIS)
                .add("waiting", status.waiting())
                .add("behind", status.behind())
                .add("parked", status.parked())
                .add("held", status.held())
                .add("paused", status.paused())
                .add("failingForSeconds", status.failingFor().toMillis() / MILLIS)
                .object("owners", owners)
                .add("start", status.start())
                .object(
                        "explanation",
                        json.fields()
                                .add("cause", explanation.cause().name())
                                .add("sentence", explanation.sentence())
                                .add("next", explanation.next()));
    }

    private Fields topic(TopicStatus topic) {
        return json.fields()
                .add("name", topic.name())
                .number("head", topic.head())
                .add("settled", topic.settled())
                .number("mark", topic.mark())
                .text("blocker", topic.blocker())
                .text("fault", topic.fault());
    }

    private Fields feed(FeedStatus feed) {
        return json.fields()
                .add("name", feed.name())
                .add("kind", feed.kind().name())
                .add("engine", feed.engine())
                .add("state", feed.state().name())
                .text("detail", feed.detail())
                .texts("facts", feed.facts());
    }

    private Fields live(LiveStatus live) {
        return json.fields()
                .add("name", live.name())
                .add("topic", live.topic())
                .add("delivered", live.delivered())
                .add("dropped", live.dropped())
                .add("failed", live.failed())
                .add("queued", live.queued());
    }

    private Fields server(ServerStatus server) {
        return json.fields()
                .add("kind", server.kind())
                .add("listening", server.listening())
                .add("detail", server.detail())
                .texts("facts", server.facts());
    }

    private Fields consumer(ConsumerStatus consumer) {
        return json.fields()
                .add("name", consumer.name())
                .add("topic", consumer.topic())
                .number("mark", consumer.mark())
                .number("lag", consumer.lag())
                .time("seen", consumer.seen())
                .add("connected", consumer.connected());
    }
}
