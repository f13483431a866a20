package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.StatusReport;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** Anything that can INSERT may publish, whatever a column takes. What is no event is parked with its cause, and stops nothing. */
class StrangeRowsIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    /** Each with something in a column that is no event. */
    private static final List<String> STRANGE = List.of(
            "source, type) values ('no uri', 't'",
            "source, type, dataschema) values ('urn:test', 't', 'no uri'",
            "source, type, extensions) values ('urn:test', 't', '[1]'",
            "source, type, extensions) values ('urn:test', 't', '7'",
            "source, type, extensions) values ('urn:test', 't', '{\"Upper\": \"case\"}'",
            "source, type, extensions) values ('urn:test', 't', '{\"a\": null}'",
            "source, type, extensions) values ('urn:test', 't', '{\"a\": 1.5}'",
            "source, type, extensions) values ('urn:test', 't', '{\"time\": \"noon\"}'",
            "source, type, extensions) values ('urn:test', 't', '{\"a\": {\"binary\": \"%\"}}'",
            "source, type, extensions) values ('urn:test', 't', '{\"n\": " + "7".repeat(1_200) + "}'",
            "source, type, extensions) values ('urn:test', 't', '{\"d\": " + "[".repeat(1_500) + "]".repeat(1_500)
                    + "}'");

    private static final List<String> SEEN = new CopyOnWriteArrayList<>();

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @ApplicationScoped
    public static class Observer {
        @Subscription("seer")
        void see(@Observes @Topic("orders") CloudEvent event) {
            SEEN.add(event.getId());
        }
    }

    private App start() {
        return App.over(db)
                .beans(Observer.class)
                .with("postevent.application", "rows_" + db.name())
                .with("postevent.subscriptions.defaults.attempts-max", "1")
                .start();
    }

    private void insertAll(String prefix) {
        for (int i = 0; i < STRANGE.size(); i++) {
            db.execute("insert into postevent.orders (id, subject, "
                    + STRANGE.get(i).replace("values (", "values ('" + prefix + i + "', '" + prefix + i + "', ") + ")");
        }
        db.execute("insert into postevent.orders (id, source, type) values ('" + prefix + "usual', 'urn:test', 't')");
    }

    private void assertAllParkedButTheUsualOne(App app, int times) {
        Subscriptions subscriptions = app.get(Subscriptions.class);
        await().atMost(LONG)
                .until(() -> SEEN.size() == times
                        && subscriptions.held("seer", 1_000).size() == times * STRANGE.size());
        assertThat(subscriptions.held("seer", 1_000))
                .allSatisfy(held -> assertThat(held.cause().orElseThrow())
                        .as("position " + held.position())
                        .containsPattern("the column (source|dataschema|extensions) is"));
    }

    @Test
    void whatIsNoEventIsParkedWithItsCauseWhicheverWayItCame() {
        try (App app = start()) {
            await().atMost(LONG)
                    .until(() ->
                            app.get(Subscriptions.class).report().feeds().get(0).state()
                                    == StatusReport.FeedStatus.State.STREAMING);
            db.execute("drop trigger orders_event_check on postevent.orders");
            insertAll("wal-");
            assertAllParkedButTheUsualOne(app, 1);
        }
        insertAll("range-");
        try (App app = start()) {
            assertAllParkedButTheUsualOne(app, 2);
        }
        assertThat(SEEN).containsExactly("wal-usual", "range-usual");
        assertThat(db.number("select mark from postevent_inbox.high_water_mark"))
                .isEqualTo(2L * (STRANGE.size() + 1));
    }
}
