package dev.postevent.internal.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.EffectWriter;
import dev.postevent.testing.PostgresFixture;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a recording has of an application that publishes, leaves a gap and handles. */
class FlightRecordingIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final List<String> NAMES = List.of("Batch", "Settle", "HandOver", "LaneTurn");

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @TempDir
    Path folder;

    @Test
    void aRecordingHasBatchesTurnsHandOversAndWhatWasSettled() throws Exception {
        db.execute(EffectTable.DDL);
        Path file = folder.resolve("postevent.jfr");
        try (Recording recording = new Recording()) {
            NAMES.forEach(name -> recording.enable("dev.postevent." + name).withoutThreshold());
            recording.start();
            try (App app = App.over(db).beans(EffectWriter.class).start()) {
                EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
                // what comes before it streams is read by catch-up, and handed over by nobody
                await().atMost(LONG)
                        .until(() -> app.get(Subscriptions.class).report().feeds().stream()
                                .allMatch(feed -> feed.state() == StatusReport.FeedStatus.State.STREAMING));
                app.jta().transaction(() -> orders.publish("t", "good", new byte[] {1}));
                app.jta().rolledBack(() -> orders.publishNow("t", "good", new byte[] {2}));
                app.jta().transaction(() -> orders.publish("t", "good", new byte[] {3}));
                await().atMost(LONG).until(() -> db.number("select count(*) from effect") == 2);
                await().atMost(LONG)
                        .until(() -> app.get(Subscriptions.class).status("s").lag() == 0);
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> all = RecordingFile.readAllEvents(file);
        assertThat(of(all, "Batch"))
                .filteredOn(event -> event.getInt("events") > 0)
                .isNotEmpty()
                .allSatisfy(event -> {
                    assertThat(event.getString("subscription")).isEqualTo("s");
                    assertThat(event.getString("outcome")).isEqualTo("committed");
                    assertThat(event.getLong("through")).isPositive();
                    assertThat(event.getDuration()).isPositive();
                });
        assertThat(of(all, "Batch").stream()
                        .mapToInt(event -> event.getInt("events"))
                        .sum())
                .isEqualTo(2);
        assertThat(of(all, "LaneTurn"))
                .anySatisfy(event -> assertThat(event.getInt("steps")).isPositive());
        assertThat(of(all, "HandOver")).anySatisfy(event -> {
            assertThat(event.getString("feed")).isEqualTo("local topics");
            assertThat(event.getInt("topics")).isEqualTo(1);
            assertThat(event.getInt("entries")).isPositive();
        });
        assertThat(of(all, "Settle")).anySatisfy(event -> {
            assertThat(event.getString("topic")).isEqualTo("orders");
            assertThat(event.getBoolean("decided")).isTrue();
        });
        assertThat(all)
                .filteredOn(event -> event.getEventType().getName().startsWith("dev.postevent."))
                .allSatisfy(event -> {
                    assertThat(event.getStackTrace()).isNull();
                    assertThat(event.getEventType().getLabel()).isNotBlank();
                    assertThat(event.getEventType().getCategoryNames()).startsWith("postevent");
                    assertThat(event.getEventType().getFields())
                            .extracting(ValueDescriptor::getLabel)
                            .doesNotContainNull();
                });
        assertThat(Files.size(file)).isPositive();
    }

    private static List<RecordedEvent> of(List<RecordedEvent> all, String name) {
        return all.stream()
                .filter(event -> event.getEventType().getName().equals("dev.postevent." + name))
                .toList();
    }
}
