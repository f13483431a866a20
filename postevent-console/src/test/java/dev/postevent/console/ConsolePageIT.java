package dev.postevent.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Operator;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The page in a browser, over an application on PostgreSQL: what operators do with it, what readers see, and who can use it. */
class ConsolePageIT {
    private static final ConsoleSettings SETTINGS =
            new ConsoleSettings(ConsoleSettings.Payload.LIMITED, 4096, List.of(), Optional.of("staging"));
    private static final Path PICTURES = Path.of("target", "screenshots");
    /** For how long the shop is busy before anybody uses the page: curves for pictures that are kept need some minutes. */
    private static final Duration BUSY = Duration.ofSeconds(Long.getLong("test.console.busy-seconds", 0));

    private static final String CHANGES = "(Retry|Skip|Pause|Resume|Replay)\\b(?! *\\d).*";
    private static final int PRODUCTS = 48;

    private static PageShop shop;
    private static ServedConsole console;
    private static Browser otto;
    private static Browser rita;
    private static String prepared;

    @BeforeAll
    static void start() throws Exception {
        otto = Browser.open();
        rita = Browser.open();
        PageShop.SICK.addAll(List.of("order.cancelled", "order.refunded", "order.imported"));
        shop = new PageShop();
        console = ServedConsole.of(shop.subscriptions(), SETTINGS);
        shop.subscriptions().pause("reporting", Operator.of("otto", "monthly close until 18:00"));
        shop.publish("products", "product.changed", "tea", PRODUCTS);
        shop.publish("payments", "payment.received", "customer", 20);
        shop.publish("orders", "order.placed", "customer", 30);
        shop.publish("orders", "order.cancelled", "customer", 4);
        shop.publish("orders", "order.returned", "customer", 2);
        shop.publish("orders", "order.refunded", "shop", 1);
        shop.publish("orders", "order.imported", "branch", 12);
        shop.publish("stock", "stock.counted", "shelf", 40);
        otto.login(console.base(), "otto");
        rita.login(console.base(), "rita");
        busy();
        await().atMost(Browser.LONG)
                .until(() -> shop.subscriptions().status("billing").parked() == 17
                        && shop.subscriptions().status("ledger").lag() == 0);
        prepared = shop.prepare("payments");
        shop.publish("payments", "payment.received", "customer", 3);
        await().atMost(Browser.LONG)
                .until(() -> shop.subscriptions().explain("ledger").sentence().contains(prepared));
    }

    private static void busy() throws Exception {
        long end = System.nanoTime() + BUSY.toNanos();
        for (int i = 0; System.nanoTime() < end; i++) {
            int wave = (int) (12 + 8 * Math.sin(i / 50.0) + i % 3);
            shop.publish("stock", "stock.counted", "shelf", 3 * wave);
            shop.publish("orders", "order.placed", "guest", wave);
            shop.publish("payments", "payment.received", "customer", wave / 2);
            Thread.sleep(400);
        }
    }

    @AfterAll
    static void stop() throws Exception {
        // the last first, each whatever becomes of the others; what was not opened is null and passed over
        try (PageShop first = shop;
                ServedConsole second = console;
                Browser third = rita;
                Browser fourth = otto) {
            PageShop.SICK.clear();
        }
    }

    /** What Content-Security-Policy refuses, a script that fails and an answer that is an error all stand there. */
    @AfterEach
    void nothingIsWrittenToTheBrowsersConsole() {
        assertThat(otto.errors()).as("otto").isEmpty();
        assertThat(rita.errors()).as("rita").isEmpty();
    }

    @Test
    void anOperatorFindsWhatFailedAndRetriesIt() {
        otto.go("subscriptions/billing");
        otto.fill("Type", "order.refunded");
        otto.see("1 event match");
        otto.press("shop-100");
        otto.see("The sequence of this subject");
        otto.go("subscriptions/billing?type=order.refunded");
        otto.see("1 event match");
        otto.press(otto.rows().get(0).split(" ")[0]);
        otto.see("the ledger answered 503 Service Unavailable to order.refunded");
        otto.press("Stack");
        otto.see("PageShop$Observers.bill");

        PageShop.SICK.remove("order.refunded");
        otto.press("Retry…");
        otto.see("1 parked event of billing");
        otto.fill("Reason", "the ledger is up again");
        otto.press("Retry");
        otto.see("1 event has all attempts again.");
        otto.press("Close");
        otto.see("billing does not hold this event");

        otto.go("subscriptions/billing?type=order.refunded");
        otto.see("Nothing that is held is like that.");
        otto.go("operations");
        otto.see("the ledger is up again");
        assertThat(otto.rows())
                .filteredOn(row -> row.contains("the ledger is up again"))
                .singleElement()
                .asString()
                .contains("otto", "Retry", "billing", "1");
    }

    @Test
    void anOperatorSkipsAllThatMatch() {
        otto.go("subscriptions/billing");
        otto.fill("Type", "order.imported");
        otto.see("12 events match");
        otto.press("Skip…");
        otto.see("12 held events of billing, of type “order.imported”");
        otto.see("This cannot be taken back");
        otto.fill("Reason", "imported twice");
        otto.press("Skip");
        otto.see("12 events were given up.");
        otto.press("Close");
        otto.see("Nothing that is held is like that.");
        assertThat(shop.subscriptions().operations(Long.MAX_VALUE, 1).get(0).changed())
                .isEqualTo(12);
    }

    @Test
    void anOperatorReplaysAfterAPreview() {
        await().atMost(Browser.LONG).until(() -> PageShop.INDEXED.get() == PRODUCTS);
        otto.go("subscriptions/search-index");
        otto.press("Replay…");
        otto.see("Say where, and the plan stands here.");
        otto.choose("From the beginning");
        otto.see("It handles " + PRODUCTS + " events again");
        assertThat(PageShop.INDEXED).hasValue(PRODUCTS);
        otto.fill("Reason", "the index was lost");
        otto.press("Replay");
        otto.see("It begins anew from there, on all nodes.");
        otto.press("Close");
        await().atMost(Browser.LONG).until(() -> PageShop.INDEXED.get() == 2 * PRODUCTS);
        otto.press("Operations");
        otto.see("the index was lost");
    }

    @Test
    void theOverviewNamesThePreparedTransactionThatHoldsAGap() {
        otto.go("");
        otto.see("Gap held open");
        otto.see("prepared transaction '" + prepared + "'");
        otto.see("rollback prepared '" + prepared + "'");
    }

    @Test
    void theOverviewTellsWhatTheDatabaseWarnsOf() throws Exception {
        shop.pretendNewerTables(true);
        try {
            otto.go("");
            otto.see("The database warns");
            otto.see("The tables of inbox");
            otto.see("Bring this node to the version");
            assertThat(otto.violations()).isEmpty();
            otto.picture(PICTURES.resolve("warnings.png"));
            otto.choose("Dark");
            otto.picture(PICTURES.resolve("warnings-dark.png"));
            otto.choose("Light");
            otto.size(390, 844);
            otto.picture(PICTURES.resolve("warnings-phone.png"));
            otto.size(1280, 900);
        } finally {
            shop.pretendNewerTables(false);
        }
        otto.seeNoMore("The database warns");
    }

    @Test
    void whatIsNotDeployedIsFoundAndDeleted() throws Exception {
        shop.leaveBehind("billing-v1");
        otto.go("");
        otto.see("Not deployed here");
        otto.see("billing-v1");
        assertThat(otto.violations()).isEmpty();
        otto.picture(PICTURES.resolve("undeployed.png"));
        otto.press("Delete…");
        otto.see("Its cursors and 0 held events are deleted for good.");
        otto.fill("Reason", "replaced by billing");
        otto.press("Delete");
        otto.see("It is deleted.");
        otto.press("Close");
        otto.seeNoMore("Not deployed here");
        assertThat(shop.subscriptions().undeployed()).isEmpty();
    }

    @Test
    void howLanesAreSharedIsTold() {
        otto.go("subscriptions/shipping");
        otto.see("All on one node; another one takes its share by itself.");
    }

    @Test
    void whatSomebodyChangedIsFoundAmongTheKeys() {
        otto.go("configuration");
        otto.see("postevent.lease");
        otto.choose("Only changed");
        otto.seeNoMore("postevent.lease");
        assertThat(otto.rows())
                .anySatisfy(row ->
                        assertThat(row).contains("postevent.subscriptions.billing.attempts-max", "unlimited", "test"));
        otto.fill("Filter", "password");
        otto.seeNoMore("postevent.feed.kind");
        assertThat(otto.rows())
                .singleElement()
                .asString()
                .contains("postevent.feed.password", "set")
                .doesNotContain("not set");
        otto.go("configuration?q=heartbeat&changed=1");
        otto.see("No key is like that.");
    }

    @Test
    void whoReadsSeesNothingToChangeAnythingWith() {
        long position = shop.subscriptions().held("billing", 1).get(0).position();
        List<String> views = List.of(
                "",
                "subscriptions/billing",
                "subscriptions/reporting",
                "subscriptions/billing/held/" + position,
                "subscriptions/billing/sequence/customer-100",
                "subscriptions/billing?tab=operations",
                "operations");
        Set<String> offered = new TreeSet<>();
        for (String view : views) {
            settle(otto, view);
            offered.addAll(otto.buttons());
            settle(rita, view);
            assertThat(rita.buttons())
                    .as(view)
                    .contains("Refresh")
                    .noneMatch(text -> text.matches(CHANGES) || text.contains("…"));
        }
        assertThat(offered)
                .as("the same views of an operator have them")
                .contains("Retry…", "Skip…", "Pause…", "Resume…", "Replay…", "Skip the sequence…");
    }

    private static void settle(Browser browser, String view) {
        browser.go(view);
        browser.seeNoMore("Loading…");
    }

    @Test
    void axeFindsNothingWrong() throws Exception {
        long position = shop.subscriptions().held("billing", 1).get(0).position();
        otto.size(1280, 900);
        for (String view : List.of(
                "",
                "subscriptions/billing",
                "subscriptions/billing/held/" + position,
                "subscriptions/billing/sequence/customer-100",
                "topics",
                "topics/orders",
                "topology",
                "runtime",
                "configuration",
                "operations")) {
            settle(otto, view);
            assertThat(otto.violations()).as(view).isEmpty();
        }
        settle(otto, "subscriptions/search-index");
        otto.press("Replay…");
        assertThat(otto.violations()).as("a dialog").isEmpty();
        otto.press("Cancel");
        otto.choose("Dark");
        for (String view : List.of("", "subscriptions/billing", "configuration")) {
            settle(otto, view);
            assertThat(otto.violations()).as(view + ", dark").isEmpty();
        }
        otto.choose("Light");
    }

    @Test
    void pictures() throws Exception {
        int height = Integer.getInteger("test.console.height", 900);
        long position = shop.subscriptions().held("billing", 1).get(0).position();
        otto.size(1280, height);
        otto.go("");
        otto.see("Gap held open");
        picture("overview", "");
        picture("subscription", "subscriptions/billing");
        otto.go("subscriptions/billing/held/" + position);
        otto.see("Attempt 1");
        otto.press("Stack");
        otto.picture(PICTURES.resolve("event.png"));
        picture("topic", "topics/orders");
        picture("topology", "topology");
        picture("runtime", "runtime");
        picture("operations", "operations");
        picture("configuration", "configuration?changed=1");
        otto.choose("Dark");
        picture("overview-dark", "");
        picture("configuration-dark", "configuration");
        otto.choose("Light");
        settle(otto, "subscriptions/search-index");
        otto.press("Replay…");
        otto.choose("From the beginning");
        otto.see("It handles");
        otto.fill("Reason", "the index was lost");
        otto.picture(PICTURES.resolve("replay.png"));
        otto.press("Cancel");
        otto.size(390, 844);
        picture("overview-phone", "");
        picture("subscription-phone", "subscriptions/billing");
        picture("configuration-phone", "configuration?changed=1");
        otto.size(1280, 900);
    }

    private static void picture(String name, String view) throws Exception {
        settle(otto, view);
        otto.picture(PICTURES.resolve(name + ".png"));
    }
}
