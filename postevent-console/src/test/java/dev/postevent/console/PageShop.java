package dev.postevent.console;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A shop in which some things go well and others do not, for somebody to look at. */
final class PageShop implements AutoCloseable {
    /** The types that billing cannot handle for now. */
    static final Set<String> SICK = ConcurrentHashMap.newKeySet();
    /** How often the search index was told of a product. */
    static final AtomicInteger INDEXED = new AtomicInteger();

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final App app = App.over(db)
            .with("postevent.application", "shop")
            .with("postevent.node", "shop-1")
            .with("postevent.feed.kind", "polling")
            .with("postevent.catchup.gap-limit", "1h")
            .with("postevent.subscriptions.billing.attempts-max", "1")
            .with("postevent.subscriptions.loyalty.backoff-first", "20s")
            .beans(Observers.class)
            .start();
    private final String prepared = "crm_import_" + db.name().substring(2, 8);

    /** What the shop does with its events. */
    @ApplicationScoped
    public static class Observers {
        @Subscription("billing")
        void bill(@Observes @Topic("orders") CloudEvent event, Delivery delivery) {
            if (SICK.contains(event.getType())) {
                throw new IllegalStateException("the ledger answered 503 Service Unavailable to " + event.getType());
            }
        }

        @Subscription("shipping")
        void ship(@Observes @Topic("orders") CloudEvent event) {}

        @Subscription("loyalty")
        void count(@Observes @Topic("orders") CloudEvent event) {
            if (event.getType().equals("order.returned")) {
                throw new IllegalArgumentException("no account for " + event.getSubject());
            }
        }

        @Subscription("ledger")
        void book(@Observes @Topic("payments") CloudEvent event) {}

        @Subscription("search-index")
        void index(@Observes @Topic("products") CloudEvent event) {
            INDEXED.incrementAndGet();
        }

        @Subscription("stock-alerts")
        void alert(@Observes @Topic("stock") CloudEvent event) {}

        @Subscription("reporting")
        void report(@Observes @Topic("stock") CloudEvent event) {}
    }

    Subscriptions subscriptions() {
        return app.get(Subscriptions.class);
    }

    /** Publishes {@code count} events of one type, whose subjects are "{@code kind}-100" and on. */
    void publish(String topic, String type, String kind, int count) throws Exception {
        EventPublisher publisher = app.get(EventPublisher.class, Topic.Literal.of(topic));
        app.jta().transaction(() -> {
            for (int i = 0; i < count; i++) {
                String subject = kind + "-" + (100 + i);
                publisher.publish(event(type, subject, 2040 + i));
            }
        });
    }

    private static CloudEvent event(String type, String subject, int number) {
        String data =
                "{\"number\": \"A-%d\", \"of\": \"%s\", \"total\": %d.90, \"currency\": \"EUR\", \"items\": [{\"sku\": \"TEA-%d\", \"count\": 2}]}"
                        .formatted(number, subject, number % 97, number % 7);
        return CloudEventBuilder.v1()
                .withId(UUID.randomUUID().toString())
                .withSource(URI.create("https://shop.example/checkout"))
                .withType(type)
                .withSubject(subject)
                .withTime(OffsetDateTime.now(java.time.ZoneOffset.UTC))
                .withData("application/json", data.getBytes(StandardCharsets.UTF_8))
                .build();
    }

    /** Makes the tables look as if a newer release had changed them, and takes it back. */
    void pretendNewerTables(boolean newer) {
        db.execute(
                newer
                        ? "insert into postevent_internal.schema_version(part, version) values ('inbox', 999)"
                        : "delete from postevent_internal.schema_version where version = 999");
    }

    /** Stores a subscription as a release before this one may have left it: of an observer that is not there any more. */
    void leaveBehind(String subscription) {
        db.execute(
                "insert into postevent_inbox.subscription (application, name, topic, lanes)"
                        + " select application, '" + subscription
                        + "', topic, 1 from postevent_inbox.subscription where name = 'billing'",
                "insert into postevent_inbox.lane (application, subscription, lane, cursor)"
                        + " select application, name, 0, 7 from postevent_inbox.subscription where name = '"
                        + subscription + "'");
    }

    /** Leaves a transaction prepared that has drawn a position of the topic; gives its name. */
    String prepare(String topic) throws SQLException {
        try (Connection other = db.dataSource().getConnection();
                Statement statement = other.createStatement()) {
            statement.execute("begin");
            statement.execute("insert into postevent." + topic
                    + " (id, source, type) values ('late', 'urn:crm', 'payment.imported')");
            statement.execute("prepare transaction '" + prepared + "'");
        }
        return prepared;
    }

    @Override
    public void close() {
        if (db.number("select count(*) from pg_catalog.pg_prepared_xacts where gid = '" + prepared + "'") > 0) {
            db.execute("rollback prepared '" + prepared + "'");
        }
        app.close();
    }
}
