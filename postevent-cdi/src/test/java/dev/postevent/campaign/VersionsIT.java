package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectChecker;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.PostgresFixture;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A node of this release beside one of the next, which has added to the tables. The next release is not there yet: what it would leave
 * in the database is made by hand.
 */
class VersionsIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @Test
    void anOlderNodeGoesOnWithNewerTablesAndARestartedOneIsToldWhatToDo() throws Exception {
        db.execute(EffectTable.DDL, "create table cured (event text primary key)");
        EffectChecker checker = new EffectChecker(db, "orders", "effect");
        try (App running = node("node1", "create")) {
            publish(running, 0, 20);
            awaitHandled(checker, 20);
            db.execute(
                    "alter table postevent.orders add column next_release text",
                    "alter table postevent_inbox.messages add column next_release text default 'x'",
                    "alter table postevent_inbox.lane add column next_release int",
                    "alter table postevent_inbox.held_event add column next_release int not null default 0",
                    "insert into postevent_internal.schema_version (part, version)"
                            + " select part, max(version) + 1 from postevent_internal.schema_version group by part");
            publish(running, 20, 60);
            awaitHandled(checker, 60);
            assertThat(running.get(Subscriptions.class).report().faults()).isEmpty();
            // refused, and not silently wrong: the deployment stands, and says what is the matter
            try (App restarted = node("node2", "validate")) {
                await().atMost(LONG)
                        .until(() -> restarted.get(Subscriptions.class).report().faults().stream()
                                .anyMatch(fault ->
                                        fault.contains("PSTEV30003") || fault.contains("made by a newer release")));
                assertThat(restarted.get(Subscriptions.class).report().faults().toString())
                        .contains("Use that release or a newer one here");
            }
            // an operator who knows that the tables only grew may say so
            try (App told = node("node3", "none")) {
                publish(told, 60, 80);
                awaitHandled(checker, 80);
                assertThat(told.get(Subscriptions.class).report().faults()).isEmpty();
            }
        }
    }

    /** More than were published here: moody publishes now and then, too. */
    private static void awaitHandled(EffectChecker checker, long atLeast) {
        await().atMost(LONG).untilAsserted(() -> {
            assertThat(checker.effects("good")).isGreaterThanOrEqualTo(atLeast);
            checker.assertExactlyOnceInOrder("good");
        });
    }

    private App node(String name, String schema) {
        return App.over(db)
                .with("postevent.application", "versions_" + db.name())
                .with("postevent.node", name)
                .with("postevent.schema", schema)
                .with("postevent.lease", "3s")
                .beans(CampaignNode.Effects.class)
                .start();
    }

    private static void publish(App app, int from, int to) throws Exception {
        EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
        for (int i = from; i < to; i++) {
            int number = i;
            app.jta().transaction(() -> orders.publish("t", "s" + number % 7, new byte[] {(byte) number}));
        }
    }
}
