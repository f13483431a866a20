package dev.postevent.internal.config;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Names that keys had before: the one list of them. Whoever still sets one is told once, and the value counts. Names of the module
 * postevent-grpc are here, too, so that there is one list.
 */
final class FormerKeys {
    private static final Map<String, String> FEEDS = Map.of("debezium", "stream");
    private static final Map<String, String> SWITCH = Map.of("on", "true", "off", "false");

    private static final List<Former> ALL = List.of(
            moved("postevent.topics", "postevent.topics.names"),
            moved("postevent.topics.<topic>.remote", "postevent.topics.<topic>.remote.uri"),
            moved("postevent.inbox", "postevent.inbox.mode"),
            moved("postevent.topics.<topic>.inbox", "postevent.topics.<topic>.inbox.mode"),
            moved("postevent.publish.size-max-bytes", "postevent.publish.size-max", "B"),
            moved("postevent.publish.pending-max-bytes", "postevent.publish.pending-size-max", "B"),
            moved("postevent.publish.lock-timeout-millis", "postevent.publish.lock-timeout", "ms"),
            new Former("postevent.feed", "postevent.feed.kind", null, FEEDS),
            moved("postevent.feed.poll-interval-millis", "postevent.feed.poll-interval", "ms"),
            moved("postevent.feed.poll-idle-millis", "postevent.feed.poll-idle", "ms"),
            moved("postevent.feed.heartbeat-millis", "postevent.feed.heartbeat", "ms"),
            moved("postevent.feed.queue-max-bytes", "postevent.feed.queue-size-max", "B"),
            moved("postevent.feed.behind-max-events", "postevent.feed.behind-max"),
            moved("postevent.feed.backoff-first-millis", "postevent.feed.backoff-first", "ms"),
            moved("postevent.feed.backoff-max-millis", "postevent.feed.backoff-max", "ms"),
            moved("postevent.catchup.grace-millis", "postevent.catchup.grace", "ms"),
            moved("postevent.catchup.bytes-max", "postevent.catchup.size-max", "B"),
            moved("postevent.catchup.interval-millis", "postevent.catchup.interval", "ms"),
            moved("postevent.catchup.follow-interval-millis", "postevent.catchup.follow-interval", "ms"),
            moved("postevent.catchup.settle-wait-millis", "postevent.catchup.settle-wait", "ms"),
            moved("postevent.catchup.gap-limit-millis", "postevent.catchup.gap-limit", "ms"),
            moved("postevent.live.queue-max-bytes", "postevent.live.queue-size-max", "B"),
            moved("postevent.lease-millis", "postevent.lease", "ms"),
            moved("postevent.stop-limit-millis", "postevent.stop-limit", "ms"),
            moved("postevent.subscription.lanes", "postevent.subscriptions.defaults.lanes"),
            moved("postevent.subscription.concurrency", "postevent.subscriptions.defaults.concurrency"),
            moved("postevent.subscription.batch-max", "postevent.subscriptions.defaults.batch-max"),
            moved("postevent.subscription.attempts-max", "postevent.subscriptions.defaults.attempts-max"),
            moved(
                    "postevent.subscription.backoff-first-millis",
                    "postevent.subscriptions.defaults.backoff-first",
                    "ms"),
            moved("postevent.subscription.backoff-factor", "postevent.subscriptions.defaults.backoff-factor"),
            moved("postevent.subscription.backoff-max-millis", "postevent.subscriptions.defaults.backoff-max", "ms"),
            moved("postevent.subscription.on-failure", "postevent.subscriptions.defaults.on-failure"),
            new Former(
                    "postevent.subscription.synchronous-commit",
                    "postevent.subscriptions.defaults.synchronous-commit",
                    null,
                    SWITCH),
            moved("postevent.subscription.held-max", "postevent.subscriptions.defaults.held-max"),
            moved("postevent.subscription.buffer-max-bytes", "postevent.subscriptions.defaults.buffer-size-max", "B"),
            moved(
                    "postevent.subscription.transaction-timeout-seconds",
                    "postevent.subscriptions.defaults.transaction-timeout",
                    "s"),
            moved(
                    "postevent.subscriptions.<subscription>.backoff-first-millis",
                    "postevent.subscriptions.<subscription>.backoff-first",
                    "ms"),
            moved(
                    "postevent.subscriptions.<subscription>.backoff-max-millis",
                    "postevent.subscriptions.<subscription>.backoff-max",
                    "ms"),
            moved(
                    "postevent.subscriptions.<subscription>.buffer-max-bytes",
                    "postevent.subscriptions.<subscription>.buffer-size-max",
                    "B"),
            moved(
                    "postevent.subscriptions.<subscription>.transaction-timeout-seconds",
                    "postevent.subscriptions.<subscription>.transaction-timeout",
                    "s"),
            moved("postevent.grpc.port", "postevent.grpc.server.port"),
            moved("postevent.grpc.address", "postevent.grpc.server.address"),
            moved("postevent.grpc.certificate-file", "postevent.grpc.server.certificate-file"),
            moved("postevent.grpc.key-file", "postevent.grpc.server.key-file"),
            moved("postevent.grpc.client-crl-file", "postevent.grpc.server.client-crl-file"),
            moved("postevent.grpc.client-certificate", "postevent.grpc.server.client-certificate"),
            moved("postevent.grpc.token.issuer", "postevent.grpc.server.token.issuer"),
            moved("postevent.grpc.token.audience", "postevent.grpc.server.token.audience"),
            moved("postevent.grpc.token.name-claim", "postevent.grpc.server.token.name-claim"),
            moved("postevent.grpc.token.public-key-file", "postevent.grpc.server.token.public-key-file"),
            moved("postevent.grpc.token.jwks-file", "postevent.grpc.server.token.jwks-file"),
            moved("postevent.grpc.token.clock-skew-seconds", "postevent.grpc.server.token.clock-skew", "s"),
            moved("postevent.grpc.allow.<topic>.read", "postevent.grpc.server.allow.<topic>.read"),
            moved("postevent.grpc.allow.<topic>.subscribe", "postevent.grpc.server.allow.<topic>.subscribe"),
            moved("postevent.grpc.read-rows-max", "postevent.grpc.server.read-rows-max"),
            moved("postevent.grpc.read-bytes-max", "postevent.grpc.server.read-size-max", "B"),
            moved("postevent.grpc.reads-max", "postevent.grpc.server.reads-max"),
            moved("postevent.grpc.calls-per-principal-max", "postevent.grpc.server.calls-per-principal-max"),
            moved("postevent.grpc.consumers-per-principal-max", "postevent.grpc.server.consumers-per-principal-max"),
            moved("postevent.grpc.stream-buffer-max-bytes", "postevent.grpc.server.stream-buffer-size-max", "B"),
            moved(
                    "postevent.grpc.untaken-per-principal-max-bytes",
                    "postevent.grpc.server.untaken-per-principal-size-max",
                    "B"),
            moved("postevent.grpc.untaken-max-bytes", "postevent.grpc.server.untaken-size-max", "B"),
            moved("postevent.grpc.connections-max", "postevent.grpc.server.connections-max"),
            moved("postevent.grpc.connection-idle-max-seconds", "postevent.grpc.server.connection-idle-max", "s"),
            moved("postevent.grpc.connection-age-max-seconds", "postevent.grpc.server.connection-age-max", "s"),
            moved("postevent.grpc.heartbeat-millis", "postevent.grpc.server.heartbeat", "ms"),
            moved("postevent.grpc.message-max-bytes", "postevent.grpc.client.message-size-max", "B"),
            moved("postevent.grpc.backoff-first-millis", "postevent.grpc.client.backoff-first", "ms"),
            moved("postevent.grpc.backoff-max-millis", "postevent.grpc.client.backoff-max", "ms"),
            moved("postevent.grpc.report-millis", "postevent.grpc.client.report-interval", "ms"),
            moved("postevent.grpc.keep-alive-millis", "postevent.grpc.keep-alive", "ms"),
            moved("postevent.grpc.keep-alive-timeout-millis", "postevent.grpc.keep-alive-timeout", "ms"),
            moved("postevent.grpc.call-limit-millis", "postevent.grpc.call-limit", "ms"));

    /**
     * Names that are not read any more, because as environment variables they are other keys: whoever set {@code
     * postevent.grpc.client.ca-file} there for outgoing calls would have opened the server to all clients of that authority.
     */
    private static final Map<String, String> NOT_READ =
            Map.of("postevent.grpc.client-ca-file", "postevent.grpc.server.client-ca-file");

    private FormerKeys() {}

    /**
     * A name and the one that took its place.
     *
     * @param was the former name
     * @param now today's
     * @param unit what a number without a unit was in; null: it needs none
     * @param values values that were written otherwise
     */
    record Former(String was, String now, @Nullable String unit, Map<String, String> values) {

        /** The value as it is written today. */
        String today(String value) {
            return unit != null && value.matches("[0-9]+") ? value + unit : values.getOrDefault(value, value);
        }

        /** With the name of a topic or subscription at the place where it stands; null: {@code name} is none of it. */
        @Nullable
        Former named(String name) {
            for (String any : List.of(Key.TOPIC, Key.SUBSCRIPTION)) {
                int at = now.indexOf(any);
                if (at >= 0) {
                    String rest = now.substring(at + any.length());
                    boolean fits = name.length() > at + rest.length()
                            && name.startsWith(now.substring(0, at))
                            && name.endsWith(rest);
                    return fits
                            ? new Former(
                                    was.replace(any, name.substring(at, name.length() - rest.length())),
                                    name,
                                    unit,
                                    values)
                            : null;
                }
            }
            return now.equals(name) ? this : null;
        }
    }

    private static Former moved(String was, String now) {
        return moved(was, now, null);
    }

    private static Former moved(String was, String now, @Nullable String unit) {
        return new Former(was, now, unit, Map.of());
    }

    /** What the key was called before, if it was called otherwise; the defaults of all subscriptions are no subscription. */
    static Optional<Former> of(String name) {
        Former found = null;
        for (Former former : ALL) {
            if (former.now().equals(name)) {
                return Optional.of(former);
            }
            Former named = former.named(name);
            found = named == null ? found : named;
        }
        return Optional.ofNullable(found).filter(former -> !former.now().startsWith(Key.SUBSCRIPTION_PREFIX));
    }

    /** Former names of these keys, with {@link Key#TOPIC} in them where it is in the key. */
    static Set<String> of(Collection<String> keys) {
        Set<String> names = new TreeSet<>();
        keys.forEach(key -> of(key).ifPresent(former -> names.add(former.was())));
        return names;
    }

    /** What it is called today, if the name is one that is not read any more. */
    static Optional<String> insteadOf(String name) {
        return Optional.ofNullable(NOT_READ.get(name));
    }

    /** All, for tests. */
    static List<Former> all() {
        return ALL;
    }
}
