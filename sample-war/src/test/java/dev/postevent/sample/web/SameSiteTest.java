package dev.postevent.sample.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class SameSiteTest {
    private static final String HERE = "shop.example.com:9080";

    @Test
    void aPageOfAnotherSiteChangesNothing() throws Exception {
        for (String method : List.of("POST", "PUT", "DELETE", "PATCH", "post")) {
            for (Map<String, List<String>> foreign : List.of(
                    site("cross-site"),
                    site("same-site"), // shop.example.com is not www.example.com
                    site("something-new"),
                    Map.of("Sec-Fetch-Site", List.of("same-origin", "cross-site")),
                    Map.of("Sec-Fetch-Site", List.of("cross-site"), "Origin", List.of("http://" + HERE)),
                    origin("http://evil.example"),
                    origin("http://evil.example:9080"),
                    origin("http://shop.example.com"),
                    origin("http://shop.example.com:9081"),
                    origin("http://" + HERE + ".evil.example"),
                    origin("http://evil.example/" + HERE),
                    origin("null"),
                    origin(""),
                    origin(HERE),
                    Map.of("Origin", List.of("http://" + HERE, "http://evil.example")))) {
                assertThat(passes(method, foreign)).as("%s %s", method, foreign).isFalse();
            }
        }
    }

    @Test
    void ourOwnPagesDo() throws Exception {
        for (Map<String, List<String>> own : List.of(
                site("same-origin"),
                site("none"),
                origin("http://" + HERE),
                origin("http://SHOP.example.com:9080"),
                origin("https://" + HERE))) {
            assertThat(passes("POST", own)).as("%s", own).isTrue();
        }
    }

    /** Scripts and other applications; no browser sends a POST with neither. */
    @Test
    void whoIsNoBrowserDoes() throws Exception {
        assertThat(passes("POST", Map.of())).isTrue();
    }

    @Test
    void readingIsForEverybody() throws Exception {
        for (String method : List.of("GET", "HEAD", "OPTIONS")) {
            assertThat(passes(method, site("cross-site"))).isTrue();
        }
    }

    private static Map<String, List<String>> site(String site) {
        return Map.of("Sec-Fetch-Site", List.of(site));
    }

    private static Map<String, List<String>> origin(String origin) {
        return Map.of("Origin", List.of(origin));
    }

    private static boolean passes(String method, Map<String, List<String>> more) throws Exception {
        Map<String, List<String>> headers = new HashMap<>(more);
        headers.put("Host", List.of(HERE));
        Exchange exchange = Exchange.of(method, headers);
        AtomicBoolean passed = new AtomicBoolean();
        new SameSite().doFilter(exchange.request(), exchange.response(), (request, response) -> passed.set(true));
        assertThat(exchange.status()).isEqualTo(passed.get() ? 200 : 403);
        return passed.get();
    }
}
