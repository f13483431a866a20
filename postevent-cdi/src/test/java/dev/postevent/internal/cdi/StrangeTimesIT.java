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

/** Anything that can INSERT may publish, with times, too, that PostgreSQL has and nobody else. */
class StrangeTimesIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final List<String> STRANGE =
            List.of("4700-01-01 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00", "infinity", "-infinity");
    private static final List<String> SEEN = new CopyOnWriteArrayList<>();

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @ApplicationScoped
    public static class Observer {
        @Subscription("seer")
        void see(@Observes @Topic("orders") CloudEvent event) {
            SEEN.add(event.getId() + " " + event.getTime());
        }
    }

    private App start() {
        return App.over(db)
                .beans(Observer.class)
                .with("postevent.application", "times_" + db.name())
                .start();
    }

    private void insert(String id, String time) {
        db.execute("insert into postevent.orders (id, source, type, subject, time) values ('" + id
                + "', 'urn:test', 't', 's', '" + time + "')");
    }

    /** One event of each strange time, and a usual one at last. */
    private List<String> insertAll(String prefix) {
        for (int i = 0; i < STRANGE.size(); i++) {
            insert(prefix + i, STRANGE.get(i));
        }
        insert(prefix + "usual", "9999-12-31 23:59:59.999999+00");
        return List.of(
                prefix + "0 null",
                prefix + "1 null",
                prefix + "2 null",
                prefix + "3 null",
                prefix + "usual 9999-12-31T23:59:59.999999Z");
    }

    @Test
    void ofATableWithoutThatRuleSuchEventsAreDeliveredWithoutATimeByTheWalAndByTheRangeRead() {
        try (App app = start()) {
            db.execute("drop trigger orders_event_check on postevent.orders");
            await().atMost(LONG)
                    .until(() -> report(app).feeds().get(0).state() == StatusReport.FeedStatus.State.STREAMING);
            List<String> expected = insertAll("wal-");
            await().atMost(LONG).until(() -> SEEN.size() >= expected.size());
            assertThat(SEEN).containsExactlyElementsOf(expected);
            await().atMost(LONG).until(() -> report(app).topics().get(0).mark().orElse(-1) == expected.size());
            assertThat(report(app).feeds().get(0).facts())
                    .containsEntry("unreadable", "0")
                    .containsEntry("restarts", "0");
        }
        SEEN.clear();
        List<String> missed = insertAll("range-");
        try (App app = start()) {
            await().atMost(LONG).until(() -> SEEN.size() >= missed.size());
            assertThat(SEEN).containsExactlyElementsOf(missed);
            await().atMost(LONG).until(() -> report(app).topics().get(0).mark().orElse(-1) == 2L * missed.size());
            assertThat(report(app).faults()).isEmpty();
        }
        assertThat(db.number("select count(*) from postevent_inbox.messages where time is null"))
                .isEqualTo(2L * STRANGE.size());
    }

    private static StatusReport report(App app) {
        return app.get(Subscriptions.class).report();
    }
}
