package dev.postevent.internal.cdi;

import static dev.postevent.Subscription.Start.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Delivery;
import dev.postevent.Resources;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.EffectWriter;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a subscription that is new to a topic with a history gets of it. */
class SubscriptionStartIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    @ApplicationScoped
    public static class WelcomeMail {
        @Inject
        Resources resources;

        @Subscription(value = "welcome-mail", start = NOW)
        void welcome(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, "welcome-mail", event, delivery);
        }
    }

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @BeforeEach
    void table() {
        db.execute(EffectTable.DDL);
    }

    private App.Builder app(String inbox, String feed) {
        return App.over(db)
                .with("postevent.application", "start_" + db.name())
                .with("postevent.inbox.mode", inbox)
                .with("postevent.feed.kind", feed)
                .with("postevent.catchup.settle-wait", "50ms");
    }

    private static String insert(int count) {
        return "insert into postevent.orders (id, source, type, subject, time) select gen_random_uuid()::text, 'urn:test',"
                + " 't', 's' || g % 3, timestamptz '2026-01-01 00:00:00Z' + g * interval '1 day' from generate_series(1, "
                + count + ") g";
    }

    /** Ten events, of the first ten days of 2026 after New Year's, and a number that was rolled back. */
    private void withHistory(App.Builder app) {
        try (App before = app.beans(EffectWriter.class).start()) {
            db.execute(insert(9), "select nextval('postevent.orders_idn_seq')", insert(1));
            awaitHandled(before, "s", 11);
        }
    }

    private static Subscriptions.Status status(App app, String subscription) {
        return app.get(Subscriptions.class).status().stream()
                .filter(one -> one.name().equals(subscription))
                .findFirst()
                .orElseThrow();
    }

    /** Its source is asked beside the start. */
    private static void awaitBegun(App app, String subscription, long after) {
        String now = "now (after position " + after + ")";
        await().atMost(LONG).until(() -> status(app, subscription).start().equals(now));
    }

    private static void awaitHandled(App app, String subscription, long position) {
        await().atMost(LONG).until(() -> status(app, subscription).handled() >= position);
        await().atMost(LONG).until(() -> status(app, subscription).lag() == 0);
    }

    private String positions(String subscription) {
        return db.text("select coalesce(string_agg(position::text, ' ' order by position), '') from effect"
                + " where subscription = '" + subscription + "'");
    }

    /** The one that is open when it is registered has a smaller position than what was committed by then, and is given to it. */
    @ParameterizedTest
    @CsvSource({"copy, polling", "direct, polling", "copy, stream"})
    void nowIsNoHistoryAndAllThatIsCommittedAfter(String inbox, String feed) throws Exception {
        withHistory(app(inbox, feed));
        try (Connection open = db.dataSource().getConnection();
                Statement publisher = open.createStatement()) {
            open.setAutoCommit(false);
            publisher.execute(insert(1));
            db.execute(insert(1));
            try (App app = app(inbox, feed)
                    .beans(EffectWriter.class, WelcomeMail.class)
                    .start()) {
                awaitBegun(app, "welcome-mail", 11);
                assertThat(status(app, "s").start()).isEqualTo("beginning");
                open.commit();
                db.execute(insert(2));
                awaitHandled(app, "welcome-mail", 15);
                awaitHandled(app, "s", 15);
                assertThat(app.get(Subscriptions.class).report().faults()).isEmpty();
            }
        }
        assertThat(positions("welcome-mail")).isEqualTo("12 13 14 15");
        assertThat(positions("s")).isEqualTo("1 2 3 4 5 6 7 8 9 11 12 13 14 15");
        assertThat(db.number("select count(*) from postevent_inbox.lane l, postevent_inbox.high_water_mark m"
                        + " where l.cursor > m.mark"))
                .isZero();
    }

    /** Nobody has received anything of it here: neither its gaps nor what is in it were ever looked at. */
    @Test
    void nowInANewInboxIsWhereTheSourceIs() {
        try (App publisher =
                app("copy", "polling").with("postevent.topics.names", "orders").start()) {
            db.execute(insert(50), "select nextval('postevent.orders_idn_seq')", insert(50));
        }
        try (App app = app("copy", "polling").beans(WelcomeMail.class).start()) {
            awaitBegun(app, "welcome-mail", 101);
            db.execute(insert(1));
            awaitHandled(app, "welcome-mail", 102);
        }
        assertThat(positions("welcome-mail")).isEqualTo("102");
    }

    @ParameterizedTest
    @CsvSource({
        "copy, 8, position 8, 8 9 11",
        "copy, 2026-01-08T00:00:00Z, time 2026-01-08T00:00:00Z, 7 8 9",
        "direct, 2026-01-08T02:00:00+02:00, time 2026-01-08T00:00:00Z, 7 8 9",
        "copy, beginning, beginning, 1 2 3 4 5 6 7 8 9 11",
        "direct, 14, position 14, ''",
    })
    void theKeyComesBeforeTheAnnotation(String inbox, String start, String told, String handled) {
        withHistory(app(inbox, "polling"));
        try (App app = app(inbox, "polling")
                .with("postevent.subscriptions.welcome-mail.start", start)
                .beans(WelcomeMail.class)
                .start()) {
            awaitHandled(app, "welcome-mail", 11);
            assertThat(status(app, "welcome-mail").start()).isEqualTo(told);
        }
        assertThat(positions("welcome-mail")).isEqualTo(handled);
    }

    @Test
    void aRestartWithAnotherKeyChangesNothing() {
        withHistory(app("copy", "polling"));
        try (App app = app("copy", "polling").beans(WelcomeMail.class).start()) {
            awaitBegun(app, "welcome-mail", 11);
            db.execute(insert(1));
            awaitHandled(app, "welcome-mail", 12);
        }
        db.execute(insert(1));
        try (App app = app("copy", "polling")
                .with("postevent.subscriptions.welcome-mail.start", "beginning")
                .beans(WelcomeMail.class)
                .start()) {
            awaitHandled(app, "welcome-mail", 13);
            assertThat(status(app, "welcome-mail").start()).isEqualTo("now (after position 11)");
        }
        assertThat(positions("welcome-mail")).isEqualTo("12 13");
    }
}
