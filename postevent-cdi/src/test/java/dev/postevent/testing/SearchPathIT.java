package dev.postevent.testing;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.EventPublisher;
import dev.postevent.Operator;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Whoever may create functions in a schema that comes before {@code pg_catalog} in the search path of a login, or whose function suits
 * better, decides nothing: our SQL says whose function it calls.
 */
class SearchPathIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final List<Path> SOURCES = List.of(
            Path.of("src", "main"),
            Path.of("..", "postevent-grpc", "src", "main"),
            Path.of("..", "server-config", "src", "main", "resources"));

    /** Of Java the text of strings, one per match; comments are passed over. */
    private static final Pattern JAVA_STRINGS = Pattern.compile(
            "//[^\\n]*|/\\*.*?\\*/|'(?:\\\\.|[^'\\\\])'|\"\"\"(?<block>.*?)\"\"\"|\"(?<string>(?:\\\\.|[^\"\\\\\\n])*)\"",
            Pattern.DOTALL);

    private static final Pattern CALL = Pattern.compile("(?<![\\w.$%:])([a-z_0-9]+)\\(");
    private static final Pattern CATALOGUE =
            Pattern.compile("(?:\\b(?:from|join) |')(pg_(?!catalog\\b|temp\\b)[a-z_]+)\\b(?!\\()");
    private static final Pattern QUALIFIED = Pattern.compile("\\bpg_catalog\\.([a-z_0-9]+)\\(");

    /** With a grammar of its own, for which the search path does not count. */
    private static final Set<String> SYNTAX = Set.of("extract");

    /** This is syntax, too: with a schema before it there is no such function. */
    private static final Pattern UNNEST_OF_SEVERAL = Pattern.compile("unnest\\((?=\\?::\\w+\\[\\],)");

    /** Its body is bound to a search path of its own. */
    private static final Pattern FIXED_PATH =
            Pattern.compile("set search_path = pg_catalog, pg_temp\\s+as \\$\\$.*?\\$\\$", Pattern.DOTALL);

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @Test
    void ourSqlSaysWhoseFunctionItCallsAndWhoseTableItReads() {
        Set<String> functions = new TreeSet<>(Arrays.asList(db.text(
                        "select string_agg(distinct proname, ' ') from pg_proc where pronamespace = 'pg_catalog'::regnamespace")
                .split(" ")));
        functions.removeAll(SYNTAX);
        List<String> unqualified = files().flatMap(file -> sql(file)
                        .flatMap(sql -> Stream.concat(
                                found(CALL, sql).filter(functions::contains).map(name -> name + "()"),
                                found(CATALOGUE, sql)))
                        .map(name -> file.getFileName() + ": " + name))
                .distinct()
                .toList();

        assertThat(unqualified).as("without pg_catalog before it").isEmpty();
        assertThat(called()).as("what is found where it is qualified").contains("now", "max", "pg_advisory_xact_lock");
    }

    @Test
    void anApplicationCallsNoneOfSomebodyElsesFunctionsOfTheSameNames() throws Exception {
        db.execute(EffectTable.DDL, "create schema somebody", decoys());
        assertThat(db.number("select count(*) from pg_proc where pronamespace = 'somebody'::regnamespace"))
                .isGreaterThan(50);
        db.execute("alter database " + db.name() + " set search_path = somebody, pg_catalog, public");
        try (App app = App.over(db)
                .with("postevent.feed.kind", "polling")
                .with("postevent.subscriptions.defaults.attempts-max", "1")
                .beans(EffectWriter.class)
                .start()) {
            EventPublisher orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
            Subscriptions subscriptions = app.get(Subscriptions.class);
            app.jta().transaction(() -> orders.publish("t", "good", new byte[] {1}));
            db.execute(
                    "begin", "insert into postevent.orders (id, source, type) values ('lost', 's', 't')", "rollback");
            app.jta().transaction(() -> {
                orders.publish("t", "bad", new byte[] {1});
                orders.publish("t", "good", new byte[] {2});
            });
            await().atMost(LONG).until(() -> subscriptions.held("s", 10).size() == 1);
            subscriptions.retry("s", subscriptions.held("s", 10).get(0).position(), Operator.of("test", "because"));
            await().atMost(LONG).until(() -> db.number("select pg_catalog.count(*) from effect") == 3);
            await().atMost(LONG)
                    .untilAsserted(
                            () -> assertThat(subscriptions.report().faults()).isEmpty());
            assertThat(subscriptions.status()).hasSize(1);
            assertThat(db.number("select pg_catalog.count(*) from postevent.orders where kind = 'v'"))
                    .isEqualTo(1);
        }
    }

    /** Of each function that our SQL calls, and that can have one: another one of the same name and arguments, which fails. */
    private static String decoys() {
        String names = called().stream().collect(joining("','", "'", "'"));
        return """
                do $do$
                declare
                    f record;
                begin
                    for f in select p.proname as name, pg_get_function_identity_arguments(p.oid) as arguments,
                                    case when p.proretset then 'setof ' else '' end || format_type(p.prorettype, null) as result
                               from pg_proc p
                              where p.pronamespace = 'pg_catalog'::regnamespace and p.proname in (%s)
                                and pg_get_function_identity_arguments(p.oid) !~ '"any"|internal|cstring|ORDER BY|OUT '
                    loop
                        execute format($sql$create function somebody.%%I(%%s) returns %%s language plpgsql as
                            'begin raise exception ''somebody else''''s function was called''; end'$sql$,
                            f.name, f.arguments, f.result);
                    end loop;
                end $do$""".formatted(names);
    }

    private static Set<String> called() {
        return files().flatMap(SearchPathIT::sql)
                .flatMap(sql -> found(QUALIFIED, sql))
                .collect(TreeSet::new, Set::add, Set::addAll);
    }

    private static Stream<String> found(Pattern what, String sql) {
        return what.matcher(sql).results().map(result -> result.group(1));
    }

    private static Stream<Path> files() {
        return SOURCES.stream().flatMap(directory -> {
            try (Stream<Path> all = Files.walk(directory)) {
                return all.filter(file -> file.toString().matches(".*\\.(java|sql)")).toList().stream();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private static Stream<String> sql(Path file) {
        try {
            String text = Files.readString(file);
            if (file.toString().endsWith(".sql")) {
                return Stream.of(
                        FIXED_PATH.matcher(text.replaceAll("--[^\\n]*", "")).replaceAll(""));
            }
            return JAVA_STRINGS
                    .matcher(text)
                    .results()
                    .map(SearchPathIT::string)
                    .map(string -> UNNEST_OF_SEVERAL.matcher(string).replaceAll(""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String string(MatchResult result) {
        String block = result.group(1);
        String string = result.group(2);
        return block != null ? block : string != null ? string : "";
    }
}
