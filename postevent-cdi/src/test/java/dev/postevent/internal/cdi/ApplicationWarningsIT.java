package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.StatusReport.FeedStatus;
import dev.postevent.Subscriptions;
import dev.postevent.Warning;
import dev.postevent.Warning.Kind;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.EffectWriter;
import dev.postevent.testing.PostgresFixture;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which databases of an application are asked for warnings, and for what in them. */
class ApplicationWarningsIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    private App.Builder anApplication(PostgresFixture.Db inbox) {
        inbox.execute(EffectTable.DDL);
        return App.over(db).beans(EffectWriter.class);
    }

    private static List<Kind> kinds(App app) {
        return app.get(Subscriptions.class).warnings().stream()
                .map(Warning::kind)
                .toList();
    }

    @Test
    void theSlotThatIsReadFromIsFoundByItsName() {
        try (App app = anApplication(db).start()) {
            await().atMost(LONG)
                    .until(() ->
                            app.get(Subscriptions.class).report().feeds().get(0).state() == FeedStatus.State.STREAMING);
            assertThat(kinds(app)).doesNotContain(Kind.SLOT_MISSING, Kind.SLOT_INACTIVE, Kind.SLOT_LOST);
        }
    }

    @Test
    void aSlotThatCannotBeMadeIsMissed() {
        try (App app = anApplication(db)
                .with("postevent.application", "slotless")
                .with("postevent.feed.user", "nobody_" + db.name())
                .start()) {
            assertThat(app.get(Subscriptions.class).warnings())
                    .filteredOn(warning -> warning.kind() == Kind.SLOT_MISSING)
                    .singleElement()
                    .satisfies(warning -> assertThat(warning.fact()).contains("postevent_slotless", db.name()));
        }
    }

    @Test
    void whoPollsHasNoSlotAndTheInboxOfAnotherDatabaseIsAskedToo() {
        PostgresFixture.Db inbox = PostgresFixture.shared().newDatabase();
        try (App app = anApplication(inbox)
                .inbox(inbox)
                .with("postevent.feed.kind", "polling")
                .start()) {
            assertThat(kinds(app)).doesNotContain(Kind.SLOT_MISSING, Kind.SCHEMA_OLDER, Kind.SCHEMA_NEWER);
            inbox.execute("insert into postevent_internal.schema_version(part, version) values ('inbox', 999)");
            assertThat(app.get(Subscriptions.class).warnings())
                    .filteredOn(warning -> warning.kind() == Kind.SCHEMA_NEWER)
                    .singleElement()
                    .satisfies(warning -> assertThat(warning.fact()).contains("inbox", inbox.name()));
        }
    }
}
