package dev.postevent.internal.health;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * Is down where faults keep this application from its work, and names each of them. Where the deployment wants it told, the data say
 * where feeds, topics and subscriptions are either way.
 */
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
        Disclosure disclosure = pulse.disclosure();
        HealthCheckResponseBuilder response = HealthCheckResponse.named("postevent")
                .withData("application", pulse.application())
                .status(pulse.isReady(report));
        if (disclosure.tellsFaults()) {
            for (int i = 0; i < report.faults().size(); i++) {
                response.withData("fault." + (i + 1), report.faults().get(i));
            }
        }
        if (disclosure.tellsAll()) {
            response.withData("node", report.node());
            report.feeds().forEach(feed -> add(response, feed));
            report.topics().forEach(topic -> add(response, topic));
            report.subscriptions().forEach(subscription -> add(response, subscription));
            report.servers().forEach(server -> add(response, server));
            ConsumersTold.add(response, report.consumers(), disclosure);
        }
        return response.build();
    }

    private static void add(HealthCheckResponseBuilder response, StatusReport.FeedStatus feed) {
        String detail = feed.detail();
        String prefix = "feed." + feed.kind() + (feed.name().equals(StatusReport.LOCAL) ? "" : "." + feed.name());
        response.withData(prefix, detail == null ? feed.state() : feed.state() + ": " + detail);
        response.withData(prefix + ".engine", feed.engine());
        feed.facts().forEach((name, value) -> response.withData(prefix + "." + name, value));
    }

    private static void add(HealthCheckResponseBuilder response, StatusReport.ServerStatus server) {
        String name = "server." + server.kind();
        response.withData(name, server.detail());
        server.facts().forEach((fact, value) -> response.withData(name + "." + fact, value));
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
