package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import dev.postevent.testing.App;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The publisher's cluster is restored from a copy of its files while the application is away; the inbox is elsewhere and remembers. */
class RestoredSourceIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    @Test
    void aSourceFromTheDayBeforeStopsItsTopicAndSaysSo() throws Exception {
        PostgresFixture.Db inbox = PostgresFixture.shared().newDatabase();
        inbox.execute(Recorder.DDL);
        try (PostgresFixture cluster = PostgresFixture.own("fsync", "on")) {
            PostgresFixture.Db source = cluster.newDatabase();
            ServerProcess server = new ServerProcess(cluster);
            try (App app = start(source, inbox)) {
                insert(source, 1, 5);
                await().atMost(LONG).until(() -> topic(app).mark().orElse(-1) == 5);
            }
            Path backup = backUp(server, cluster.dataDirectory());
            try (App app = start(source, inbox)) {
                insert(source, 6, 10);
                await().atMost(LONG).until(() -> inbox.number("select count(*) from effect") == 10);
            }
            restore(server, backup, cluster.dataDirectory());
            try (App app = start(source, inbox)) {
                await().atMost(LONG).until(() -> topic(app).fault().isPresent());
                assertThat(topic(app).fault().orElseThrow()).contains("orders").contains("ends at position 5");
                assertThat(app.get(Subscriptions.class).explain("recorder").sentence())
                        .contains("ends at position 5");
                // past the old end, and never skipped over: position 6 to 10 are other events now
                insert(source, 106, 120);
                await().atMost(LONG).until(() -> topic(app).fault().orElse("").contains("at position 10"));
                assertThat(inbox.number("select count(*) from effect")).isEqualTo(10);
                assertThat(topic(app).mark()).hasValue(10);
            }
        }
    }

    private static App start(PostgresFixture.Db source, PostgresFixture.Db inbox) {
        return App.over(source)
                .inbox(inbox)
                .with("postevent.application", "restored_" + source.name())
                .beans(Recorder.class)
                .start();
    }

    private static StatusReport.TopicStatus topic(App app) {
        return app.get(Subscriptions.class).report().topics().get(0);
    }

    private static void insert(PostgresFixture.Db db, int from, int to) {
        db.execute(
                "insert into postevent.orders (id, source, type) select 'e-' || g, 'urn:test', 't' from generate_series("
                        + from + ", " + to + ") g");
    }

    private static Path backUp(ServerProcess server, Path data) throws Exception {
        server.stop("fast");
        Path backup = Files.createTempDirectory("backup");
        copy(data, backup);
        server.start();
        return backup;
    }

    private static void restore(ServerProcess server, Path backup, Path data) throws Exception {
        server.stop("fast");
        delete(data);
        copy(backup, data);
        delete(backup);
        Files.delete(backup);
        server.start();
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var all = Files.walk(from)) {
            for (Path one : all.skip(1).toList()) {
                Files.copy(one, to.resolve(from.relativize(one)), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var all = Files.walk(directory)) {
            for (Path one :
                    all.skip(1).sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(one);
            }
        }
    }
}
