package dev.postevent.sample.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BrowserRulesTest {
    /** What the policy forbids, in a script: markup, code or style made of text; also by its own function {@code attribute}. */
    private static final Pattern INLINE =
            Pattern.compile("innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new Function"
                    + "|setAttribute\\(\\s*[\"'`](style|on)|\\battribute\\([^,]+,\\s*[\"'`](style|on)");

    @Test
    void everyAnswerHasThem() throws Exception {
        for (String method : List.of("GET", "POST")) {
            Exchange exchange = Exchange.of(method, Map.of());
            new BrowserRules().doFilter(exchange.request(), exchange.response(), (request, response) -> {});
            assertThat(exchange.answered())
                    .containsEntry("X-Content-Type-Options", "nosniff")
                    .containsEntry("X-Frame-Options", "DENY")
                    .containsEntry("Referrer-Policy", "same-origin")
                    .containsEntry("Cache-Control", "no-store");
            assertThat(exchange.answered().get("Content-Security-Policy"))
                    .contains("default-src 'none'", "script-src 'self'", "base-uri 'none'", "frame-ancestors 'none'")
                    .doesNotContain("unsafe", "*", "data:", "http");
        }
    }

    @Test
    void nothingIsInACacheSoAPageHasNoScriptsOfTwoBuilds() throws Exception {
        for (String path : List.of("/api", "/api/stream", "/", "/index.html", "/shop.js", "/words.js", "/shop.css")) {
            Exchange exchange = new Exchange("GET", path, Map.of(), 0, null);
            new BrowserRules().doFilter(exchange.request(), exchange.response(), (request, response) -> {});
            assertThat(exchange.answered()).as(path).containsEntry("Cache-Control", "no-store");
        }
    }

    /** The policy forbids it, so it would not work; this says so before anybody opens the page. */
    @Test
    void nothingIsInline() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src", "main", "webapp"))) {
            List<Path> pages =
                    files.filter(file -> file.toString().endsWith(".html")).toList();
            assertThat(pages).isNotEmpty();
            for (Path page : pages) {
                assertThat(Files.readString(page))
                        .as("%s", page)
                        .doesNotContainPattern(
                                "(?i)<style|\\sstyle\\s*=|\\son[a-z]+\\s*=|javascript:|<base|<iframe|<object")
                        .doesNotContainPattern("(?i)<script(?![^>]*\\ssrc=)")
                        .doesNotContainPattern("(?i)(src|href)\\s*=\\s*\"(https?:)?//");
            }
        }
        for (String script : List.of("shop.js", "words.js")) {
            assertThat(Files.readString(Path.of("src", "main", "webapp", script)))
                    .as(script)
                    .doesNotContainPattern(INLINE);
        }
    }

    @Test
    void inlineIsSeenHoweverItIsSet() {
        assertThat(List.of(
                        "bar.setAttribute(\"style\", width)",
                        "attribute(bar, \"style\", `width: ${share}%`)",
                        "attribute(find(\".bar i\"), 'style', width)",
                        "attribute(button, \"onclick\", code)"))
                .allMatch(line -> INLINE.matcher(line).find());
        assertThat("attribute(find(\".bar\"), \"aria-label\", \"on its way\")").doesNotContainPattern(INLINE);
    }
}
