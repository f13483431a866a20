package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Subscriptions;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.EffectWriter;
import dev.postevent.testing.PostgresFixture;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the statements of {@code docs/operations.md} bring about, word by word, and what some of them do without the others. */
class BeginAnewIT {
    private static final Duration LONG = Duration.ofMinutes(4);

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @BeforeEach
    void table() {
        db.execute(EffectTable.DDL);
    }

    private App start(String inbox) {
        return App.over(db)
                .with("postevent.application", "anew_" + db.name())
                .with("postevent.inbox.mode", inbox)
                .with("postevent.feed.kind", "polling")
                .beans(EffectWriter.class)
                .start();
    }

    /** Events of an application that is stopped when all are handled. */
    private void handled(String inbox, String prefix, int count) {
        try (App app = start(inbox)) {
            insert(prefix, count);
            goesOn(app, prefix, count);
        }
    }

    private void goesOn(App app, String prefix, long count) {
        await().atMost(LONG).until(() -> effects(prefix) >= count);
        assertThat(app.get(Subscriptions.class).report().faults()).isEmpty();
    }

    private void insert(String prefix, int count) {
        db.execute("insert into postevent.orders (id, source, type, subject) select '" + prefix
                + "' || g, 'urn:test', 't', 's' || g % 3 from generate_series(1, " + count + ") g");
    }

    private long effects(String prefix) {
        return db.number("select count(*) from effect where event like '" + prefix + "%'");
    }

    /** The lines of the first block below a heading, a statement each. */
    private static List<String> statements(String heading) throws IOException {
        List<String> lines = Files.readAllLines(Path.of("..", "docs", "operations.md"));
        int from = lines.indexOf("### " + heading);
        assertThat(from).as(heading).isPositive();
        List<String> statements = lines.subList(from + 1, lines.size()).stream()
                .takeWhile(line -> !line.startsWith("#"))
                .dropWhile(line -> !line.equals("```sql"))
                .skip(1)
                .takeWhile(line -> !line.equals("```"))
                .toList();
        assertThat(statements).isNotEmpty();
        return statements;
    }

    private void run(List<String> statements) {
        db.execute(statements.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"copy", "direct"})
    void toBeginAnewHandlesAllOfTheTableThereIs(String inbox) throws IOException {
        handled(inbox, "before", 20);
        db.execute("truncate postevent.orders restart identity");
        insert("now", 5);

        run(statements("To begin anew"));

        try (App app = start(inbox)) {
            goesOn(app, "now", 5);
            insert("later", 20);
            goesOn(app, "later", 20);
        }
        assertThat(effects("")).isEqualTo(45);
    }

    /** Of what was copied, the comparison says so itself. */
    @Test
    void whatIsThereNowIsWhatWasHandledHandlesNothingAgain() throws IOException {
        handled("direct", "before", 20);
        db.execute(
                "create table postevent.copied (like postevent.orders including all)",
                "insert into postevent.copied overriding system value select * from postevent.orders",
                "drop table postevent.orders",
                "alter table postevent.copied rename to orders",
                "select setval(pg_get_serial_sequence('postevent.orders', 'idn'), 20)");

        run(statements("What is there now is what was handled"));

        handled("direct", "later", 5);
        assertThat(effects("")).isEqualTo(25);
    }

    @Test
    void someOfTheStatementsWithoutTheOthersStopTheTopicUntilItIsSaidWhatIsMeant() throws IOException {
        handled("copy", "before", 20);
        insert("later", 5);
        run(statements("To begin anew").stream()
                .filter(statement -> !statement.contains("postevent_inbox.subscription"))
                .toList());

        String fault;
        try (App app = start("copy")) {
            Subscriptions subscriptions = app.get(Subscriptions.class);
            await().atMost(LONG)
                    .until(() -> subscriptions.report().faults().toString().contains("PSTEV33001"));
            fault = subscriptions.report().faults().get(0);
        }
        assertThat(fault).contains("through position 20", "were deleted");
        assertThat(effects("later")).isZero();

        db.execute(fault.replaceAll("(?s).*?(insert into .*\\)).*", "$1"));
        try (App app = start("copy")) {
            goesOn(app, "later", 5);
        }
        assertThat(effects("before")).as("not again").isEqualTo(20);
    }
}
