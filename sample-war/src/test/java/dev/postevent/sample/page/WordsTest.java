package dev.postevent.sample.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.mozilla.javascript.Context;
import org.mozilla.javascript.Scriptable;

/** What the page says, and when it tries again: {@code words.js}. */
class WordsTest {
    private static final String PARKED = "{name: 'billing', parked: 1, held: 13, lag: 0, paused: false}";
    private static final String RETRYING = "{name: 'billing', parked: 0, held: 2, lag: 0, paused: false}";
    private static final String BEHIND = "{name: 'billing', parked: 0, held: 0, lag: 7, paused: false}";
    private static final String GOOD = "{name: 'billing', parked: 0, held: 0, lag: 0, paused: false}";
    private static final String PAUSED = "{name: 'billing', parked: 0, held: 0, lag: 7, paused: true}";

    @Test
    void oneIsNotMany() {
        assertThat(result("counted(1, 'order')")).isEqualTo("1 order");
        assertThat(result("counted(0, 'order')")).isEqualTo("0 orders");
        assertThat(result("counted(11061, 'try', 'tries')")).isEqualTo("11,061 tries");
        assertThat(result("heldState({state: 'PARKED', attempts: 1})")).isEqualTo("parked after 1 try");
        assertThat(result("heldState({state: 'PARKED', attempts: 5})")).isEqualTo("parked after 5 tries");
        assertThat(result("heldState({state: 'WAITING', attempts: 0})")).isEqualTo("next try soon");
        assertThat(result("heldState({state: 'WAITING', attempts: 2})")).isEqualTo("try 3 soon");
        assertThat(result("heldState({state: 'BEHIND', attempts: 0})")).isEqualTo("waits behind it");
    }

    @Test
    void numbersAreGroupedAndWhatIsNotKnownIsNotANumber() {
        assertThat(result("grouped(999) + ' ' + grouped(1000) + ' ' + grouped(1234567)"))
                .isEqualTo("999 1,000 1,234,567");
        assertThat(result("known(-1) + ' ' + known(0) + ' ' + toGo(-1)")).isEqualTo("? 0 not known");
        assertThat(result("toGo(0) + ', ' + toGo(1)")).isEqualTo("up to date, 1 to go");
        assertThat(result("bytes(82400) + bytes(5e9) + bytes(NaN)")).isEqualTo("82.4 kB5 GB");
    }

    @Test
    void onlyWhatAPersonMayHaveToKnowIsAnnouncedAndOnce() {
        assertThat(news("null", PARKED)).as("the first look").isEmpty();
        assertThat(news(PARKED, PARKED)).isEmpty();
        assertThat(news(GOOD, BEHIND)).as("each order does that").isEmpty();
        assertThat(news(BEHIND, GOOD)).isEmpty();
        assertThat(news(GOOD, RETRYING)).isEqualTo("Subscription billing is retrying.");
        assertThat(news(RETRYING, PARKED)).isEqualTo("Subscription billing needs a person: 1 event is parked.");
        assertThat(news(PARKED, PARKED.replace("parked: 1", "parked: 2"))).endsWith(": 2 events are parked.");
        assertThat(news(PARKED, GOOD)).isEqualTo("Subscription billing works again.");
        assertThat(news(BEHIND, PAUSED)).isEqualTo("Subscription billing is paused.");
    }

    @Test
    void aFaultIsAnnouncedWhenItComesAndGoesAndNotWhileItCounts() {
        String three = "['The feed is away for 3.5 s.']";
        String four = "['The feed is away for 4 s.']";
        String two = "['The feed is away for 1,004 s.', 'Topic orders has no table.']";
        assertThat(result("faultNews([], " + three + ")")).isEqualTo("The feed is away for 3.5 s.");
        assertThat(result("faultNews(" + three + ", " + four + ")")).isEmpty();
        assertThat(result("faultNews(" + four + ", " + two + ")")).isEqualTo("Topic orders has no table.");
        assertThat(result("faultNews(" + two + ", " + four + ")")).isEqualTo("Over: Topic orders has no table.");
        assertThat(result("faultNews(" + four + ", [])")).isEqualTo("Over: The feed is away for 4 s.");
        assertThat(result("faultNews([], [])")).isEmpty();
    }

    @Test
    void whatIsNoLongerThereIsGoneUnlessTheServerTellsOfNothingAtAll() {
        assertThat(result("gone(['billing', 'shipping'], ['shipping', 'packing']).join(' ')"))
                .isEqualTo("billing");
        assertThat(result("gone(['billing'], ['billing']).length")).isEqualTo("0");
        assertThat(result("gone(['billing', 'shipping'], []).length"))
                .as("its database is away")
                .isEqualTo("0");
    }

    @Test
    void aServerThatCannotReadItsStateIsNoLostConnection() {
        assertThat(result("unreadable('12:00:01', 'SQLException')"))
                .contains("since 12:00:01", "SQLException", "from before")
                .doesNotContain("connection");
    }

    @Test
    void aLostConnectionIsTriedAgainSoonThenEveryTenSecondsAndNotByAllPagesAtOnce() {
        assertThat(result("[1, 2, 3, 4, 5, 99].map((failures) => retryAfter(failures, 1)).join(' ')"))
                .isEqualTo("1000 2000 4000 8000 10000 10000");
        assertThat(result("[1, 2, 99].map((failures) => retryAfter(failures, 0)).join(' ')"))
                .isEqualTo("500 1000 5000");
    }

    @Test
    void whoSkipsIsToldOfWhatAndThatItIsForEver() {
        assertThat(result("skipQuestion('billing', {position: 7, subject: 'c-13'}).title"))
                .isEqualTo("Skip event #7 of c-13?");
        assertThat(result("skipQuestion('billing', {position: 7, subject: 'c-13'}).text"))
                .contains("never", "billing", "Later events of c-13");
        assertThat(result("skipQuestion('billing', {position: 7, subject: null}).title + skipQuestion('billing',"
                        + " {position: 7, subject: null}).text"))
                .startsWith("Skip event #7?")
                .doesNotContain("null", "undefined");
    }

    @Test
    void anOrderIsSaidInWordsAndWhatIsNoneAsItIs() {
        assertThat(result("summary({type: 'order.placed', text: '{\"id\":7,\"item\":\"book\",\"quantity\":2}'})"))
                .isEqualTo("order 7: 2 × book");
        assertThat(result("summary({type: 'order.placed', text: '<b>'})")).isEqualTo("<b>");
        assertThat(result("summary({type: 'other', text: 'a'})")).isEqualTo("a");
    }

    private static String news(String before, String now) {
        return result("news(" + before + ", " + now + ")");
    }

    private static String result(String expression) {
        try (Context context = Context.enter()) {
            context.setLanguageVersion(Context.VERSION_ES6);
            context.setInterpretedMode(true);
            Scriptable scope = context.initStandardObjects();
            context.evaluateString(scope, script(), "words.js", 1, null);
            return Context.toString(context.evaluateString(scope, expression, "WordsTest", 1, null));
        }
    }

    /** As a script: this interpreter knows no modules. */
    private static String script() {
        try {
            return Files.readString(Path.of("src", "main", "webapp", "words.js"))
                    .replaceAll("(?m)^export ", "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
