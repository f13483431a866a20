package dev.postevent.internal.health;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/** Names each fault, and is down where they keep this application from its work; the data tell where feeds, topics and subscriptions are either way. */
@Readiness
@ApplicationScoped
public class ReadinessProbe implements HealthCheck, Probe {
    @Inject
    Subscriptions subscriptions;

    @Inject
    Pulse pulse;

    @Override
    public HealthCheckResponse call() {
        StatusReport report = subscriptions.report();
        HealthCheckResponseBuilder response = HealthCheckResponse.named("postevent")
                .withData("application", pulse.application())
                .withData("node", report.node())
                .status(pulse.isReady(report));
        for (int i = 0; i < report.faults().size(); i++) {
            response.withData("fault." + (i + 1), report.faults().get(i));
        }
        report.feeds().forEach(feed -> add(response, feed));
        report.topics().forEach(topic -> add(response, topic));
        report.subscriptions().forEach(subscription -> add(response, subscription));
        report.servers().forEach(server -> add(response, server));
        report.consumers().forEach(consumer -> add(response, consumer));
        return response.build();
    }

    private static void add(HealthCheckResponseBuilder response, StatusReport.FeedStatus feed) {
        String detail = feed.detail();
        String prefix = "feed." + feed.kind() + (feed.name().equals(StatusReport.LOCAL) ? "" : "." + feed.name());
        response.withData(prefix, detail == null ? feed.state() : feed.state() + ": " + detail);
        feed.facts().forEach((name, value) -> response.withData(prefix + "." + name, value));
    }

    private static void add(HealthCheckResponseBuilder response, StatusReport.ServerStatus server) {
        String name = "server." + server.kind();
        response.withData(name, server.detail());
        server.facts().forEach((fact, value) -> response.withData(name + "." + fact, value));
    }

    private static void add(HealthCheckResponseBuilder response, StatusReport.ConsumerStatus consumer) {
        String name = "consumer." + consumer.topic() + "." + consumer.name() + ".";
        response.withData(name + "mark", consumer.mark())
                .withData(name + "lag", consumer.lag())
                .withData(name + "connected", consumer.connected());
    }

    private static void add(HealthCheckResponseBuilder response, StatusReport.TopicStatus topic) {
        String name = "topic." + topic.name() + ".";
        response.withData(name + "head", topic.head())
                .withData(name + "settled", topic.settled())
                .withData(name + "mark", topic.mark());
        String blocker = topic.blocker();
        if (blocker != null) {
            response.withData(name + "blocker", blocker);
        }
    }

    private static void add(HealthCheckResponseBuilder response, dev.postevent.Subscriptions.Status subscription) {
        String name = "subscription." + subscription.name() + ".";
        response.withData(name + "lag", subscription.lag())
                .withData(name + "lagSeconds", String.valueOf(subscription.lagSeconds()))
                .withData(name + "held", subscription.held())
                .withData(name + "parked", subscription.parked());
        subscription.owners().forEach((node, lanes) -> response.withData(name + "lanes." + node, lanes.longValue()));
        if (subscription.paused()) {
            response.withData(name + "paused", true);
        }
    }
}
