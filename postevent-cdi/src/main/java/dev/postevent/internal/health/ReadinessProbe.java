package dev.postevent.internal.health;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ObjIntConsumer;
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
    /** A position that is not known, in data that has no other word for it. */
    static final long UNKNOWN = -1;

    @Inject
    Subscriptions subscriptions;

    @Inject
    Pulse pulse;

    @Override
    public HealthCheckResponse call() {
        StatusReport report = subscriptions.report();
        Disclosure disclosure = pulse.disclosure();
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("postevent").status(pulse.isReady(report));
        HealthData data = new HealthData(response).text(HealthKey.APPLICATION, pulse.application());
        if (disclosure.tellsFaults()) {
            for (int i = 0; i < report.faults().size(); i++) {
                data.text(HealthKey.FAULT, report.faults().get(i), i + 1);
            }
        }
        if (disclosure.tellsAll()) {
            data.text(HealthKey.NODE, report.node());
            numbered(report.feeds(), (feed, n) -> add(data, feed, n));
            numbered(report.topics(), (topic, n) -> add(data, report, topic, n));
            numbered(report.subscriptions(), (subscription, n) -> add(data, subscription, n));
            numbered(report.servers(), (server, n) -> add(data, server, n));
            ConsumersTold.add(data, report.topics(), report.consumers(), disclosure);
        }
        return response.build();
    }

    private static <T> void numbered(List<T> all, ObjIntConsumer<T> each) {
        for (int i = 0; i < all.size(); i++) {
            each.accept(all.get(i), i + 1);
        }
    }

    private static void add(HealthData data, StatusReport.FeedStatus feed, int n) {
        data.text(HealthKey.FEED_NAME, feed.name(), n)
                .text(HealthKey.FEED_KIND, feed.kind().name().toLowerCase(Locale.ROOT), n)
                .text(HealthKey.FEED_ENGINE, feed.engine(), n)
                .text(HealthKey.FEED_STATE, feed.state().name(), n)
                .text(HealthKey.FEED_DETAIL, feed.detail().orElse(null), n)
                .facts(feed.facts(), HealthKey::ofFeed, n);
    }

    private static void add(HealthData data, StatusReport.ServerStatus server, int n) {
        data.text(HealthKey.SERVER_KIND, server.kind(), n)
                .flag(HealthKey.SERVER_LISTENING, server.listening(), n)
                .text(HealthKey.SERVER_DETAIL, server.detail(), n)
                .facts(server.facts(), HealthKey::ofServer, n);
    }

    private static void add(HealthData data, StatusReport report, StatusReport.TopicStatus topic, int n) {
        data.text(HealthKey.TOPIC_NAME, topic.name(), n)
                .number(HealthKey.TOPIC_HEAD, topic.head().orElse(UNKNOWN), n)
                .number(HealthKey.TOPIC_SETTLED, topic.settled(), n)
                .number(HealthKey.TOPIC_MARK, topic.mark().orElse(UNKNOWN), n)
                .text(HealthKey.TOPIC_BLOCKER, topic.blocker().orElse(null), n);
        report.feeds().forEach(feed -> ofTopic(data, HealthKey.TOPIC_NOT_VISIBLE, feed.facts(), topic, n));
        report.servers().forEach(server -> {
            ofTopic(data, HealthKey.TOPIC_HELD, server.facts(), topic, n);
            ofTopic(data, HealthKey.TOPIC_TOO_LARGE, server.facts(), topic, n);
        });
    }

    private static void ofTopic(
            HealthData data, HealthKey key, Map<String, String> facts, StatusReport.TopicStatus topic, int n) {
        data.text(key, facts.get(key.prefixOfFact() + topic.name()), n);
    }

    private static void add(HealthData data, Subscriptions.Status subscription, int n) {
        data.text(HealthKey.SUBSCRIPTION_NAME, subscription.name(), n)
                .text(HealthKey.SUBSCRIPTION_TOPIC, subscription.topic(), n)
                .number(HealthKey.SUBSCRIPTION_HANDLED, subscription.handled(), n)
                .number(HealthKey.SUBSCRIPTION_LAG, subscription.lag(), n)
                .number(
                        HealthKey.SUBSCRIPTION_LAG_MILLIS,
                        subscription.lagTime().toMillis(),
                        n)
                .number(HealthKey.SUBSCRIPTION_HELD, subscription.held(), n)
                .number(HealthKey.SUBSCRIPTION_WAITING, subscription.waiting(), n)
                .number(
                        HealthKey.SUBSCRIPTION_FAILING_MILLIS,
                        subscription.failingFor().toMillis(),
                        n)
                .number(HealthKey.SUBSCRIPTION_PARKED, subscription.parked(), n)
                .flag(HealthKey.SUBSCRIPTION_PAUSED, subscription.paused(), n)
                .text(HealthKey.SUBSCRIPTION_START, subscription.start(), n);
        int m = 0;
        for (Map.Entry<String, Integer> owner : new TreeMap<>(subscription.owners()).entrySet()) {
            m++;
            data.text(HealthKey.SUBSCRIPTION_OWNER_NODE, owner.getKey(), n, m)
                    .number(HealthKey.SUBSCRIPTION_OWNER_LANES, owner.getValue(), n, m);
        }
    }
}
