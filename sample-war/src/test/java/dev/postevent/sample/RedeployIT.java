package dev.postevent.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** An application that goes leaves nothing behind: no thread, no connection, no class loader, and one slot however often it comes. */
class RedeployIT {
    private static final int TIMES = Integer.getInteger("test.lives", 8);
    /** As in server.xml. */
    private static final int POOL_MAX = 40;
    /** What PostgreSQL's driver and the JVM take to let go by themselves. */
    private static final Duration SETTLED = Duration.ofSeconds(90);

    private static Shop shop;

    @BeforeAll
    static void open() {
        // soft references go at every collection: what is kept by them only is no leak
        shop = Shop.open("redeploy", "-XX:SoftRefLRUPolicyMSPerMB=0");
    }

    @AfterAll
    static void close() {
        if (shop != null) {
            shop.close();
        }
    }

    @Test
    void redeploysLeakNoThreadSlotConnectionOrClassLoaderAndLoseNoOrder() throws Exception {
        shop.place("c-0", "before");
        awaitShippedAndBilled(1);
        assertThat(slots()).hasSize(1);

        for (int i = 1; i <= TIMES; i++) {
            try (Shop.Stream page = openPage()) {
                shop.deploy();
                page.awaitEnd(SETTLED);
            }
            shop.place("c-" + i, "after redeploy " + i);
        }
        awaitShippedAndBilled(1 + TIMES);
        assertThat(slots()).hasSize(1);
        await("class loaders of former deployments")
                .atMost(SETTLED)
                .untilAsserted(() -> assertThat(instances("dev.postevent.internal.cdi.PosteventExtension"))
                        .isEqualTo(1));

        try (Shop.Stream page = openPage()) {
            assertThat(threads()).as("while a page is open").contains("postevent-sample-page");
            shop.server().undeploy();
            page.awaitEnd(SETTLED);
        }
        await("threads of the application")
                .atMost(SETTLED)
                .untilAsserted(() -> assertThat(threads())
                        .noneMatch(thread -> thread.matches("(?i).*(postevent|debezium|kafka).*")));
        await("connections of the feed")
                .atMost(SETTLED)
                .untilAsserted(() -> assertThat(
                                shop.database()
                                        .number(
                                                "select count(*) from pg_stat_replication where application_name like 'postevent%'"))
                        .isZero());
        // the pool is the server's and may keep connections; the application's own end with it, and it leaves none in
        // use
        await("connections of the application, and of the pool in use")
                .atMost(SETTLED)
                .untilAsserted(() -> assertThat(shop.database()
                                .texts("select application_name || ' ' || state || ' ' || query from pg_stat_activity"
                                        + " where datname = current_database() and pid <> pg_backend_pid()"
                                        + " and (application_name like 'postevent%' or state <> 'idle')"))
                        .isEmpty());
        assertThat(shop.database()
                        .number("select count(*) from pg_stat_activity where datname = current_database()"
                                + " and application_name <> 'harness'"))
                .as("pooled connections after %s redeploys", TIMES)
                .isLessThanOrEqualTo(POOL_MAX);
        assertThat(shop.database().texts("select active::text from pg_replication_slots where database = 'redeploy'"))
                .containsExactly("false");

        shop.deploy();
        shop.place("c-last", "after undeploy");
        awaitShippedAndBilled(2 + TIMES);
    }

    /** Open Liberty keeps what it took out of a WAR, and takes a library anew if its entry has another time. */
    @Test
    void aLibraryThatWasBuiltAnewIsTheOneThatRuns() throws IOException {
        assertThat(Duration.between(
                                Shop.libraryTimeInWar().toInstant(),
                                Files.getLastModifiedTime(Shop.library()).toInstant())
                        .abs())
                .as("the time of the library in the WAR and of its own file; a ZIP has even seconds")
                .isLessThanOrEqualTo(Duration.ofSeconds(2));
        for (String build : List.of("first", "another")) {
            shop.deployWithFileInLibrary("build.txt", build);
            assertThat(shop.get("/shop/build.txt").text()).isEqualTo(build);
        }
    }

    /** As somebody who looks has it open. */
    private static Shop.Stream openPage() throws IOException, InterruptedException {
        Shop.Stream page = shop.stream();
        await("the page's first line").until(() -> page.first() != null);
        return page;
    }

    private static void awaitShippedAndBilled(int orders) {
        for (String subscription : List.of("shipping", "billing")) {
            await(subscription)
                    .atMost(Duration.ofMinutes(4))
                    .untilAsserted(() -> assertThat(shop.effects(subscription)).hasSize(orders));
        }
    }

    private static List<String> slots() {
        return shop.database().texts("select slot_name from pg_replication_slots where database = 'redeploy'");
    }

    private static List<String> threads() {
        return jcmd("Thread.print")
                .lines()
                .filter(line -> line.startsWith("\""))
                .map(line -> line.substring(1, line.indexOf('"', 1)))
                .toList();
    }

    /** Objects of this class that are reachable; asking runs a full collection. */
    private static long instances(String type) {
        Matcher line = Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+" + Pattern.quote(type) + "(\\s.*)?")
                .matcher("");
        return jcmd("GC.class_histogram")
                .lines()
                .filter(text -> line.reset(text).matches())
                .mapToLong(text -> {
                    line.reset(text);
                    return line.matches() ? Long.parseLong(line.group(1)) : 0;
                })
                .sum();
    }

    private static String jcmd(String... command) {
        try {
            List<String> line = new java.util.ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                    Long.toString(shop.server().pid())));
            line.addAll(List.of(command));
            Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
            String output =
                    new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).as(output).isZero();
            return output;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
