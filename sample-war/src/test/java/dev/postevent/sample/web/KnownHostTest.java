package dev.postevent.sample.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.ServletException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class KnownHostTest {
    private final KnownHost rule = new KnownHost();

    /** Host and Origin agree, and both are evil's. */
    @Test
    void aPageWhoseNameWasMadeToMeanOurAddressReachesNothing() throws Exception {
        for (String method : List.of("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE")) {
            for (String host : List.of(
                    "evil.example",
                    "evil.example:9080",
                    "localhost.evil.example:9080",
                    "127.0.0.1.evil.example",
                    "localhost:9080.evil.example",
                    "localhost@evil.example",
                    "localhost:9080@evil.example",
                    "evil.example#localhost",
                    "localhost.",
                    "localhost,evil.example",
                    "[::1].evil.example",
                    "192.168.1.2:9080",
                    "")) {
                assertThat(passes(
                                method,
                                Map.of(
                                        "Host", List.of(host),
                                        "Origin", List.of("http://" + host),
                                        "X-Forwarded-Host", List.of("localhost"))))
                        .as("%s %s", method, host)
                        .isFalse();
            }
        }
    }

    @Test
    void noHostOrMoreThanOneIsNoKnownHost() throws Exception {
        assertThat(passes("GET", Map.of())).isFalse();
        assertThat(passes("GET", Map.of("Host", List.of("localhost", "evil.example"))))
                .isFalse();
    }

    @Test
    void overHttp2TheAuthorityIsTheHost() throws Exception {
        for (String host : List.of("localhost", "evil.example")) {
            Exchange exchange = Exchange.of("GET", Map.of());
            exchange.overHttp2(host);
            rule.doFilter(exchange.request(), exchange.response(), (request, response) -> {});
            assertThat(exchange.status()).as(host).isEqualTo(host.equals("localhost") ? 200 : 421);
        }
    }

    @Test
    void loopbackNamesAreKnownWhateverThePort() throws Exception {
        for (String host :
                List.of("localhost", "localhost:9080", "LocalHost:1", "127.0.0.1:9080", "[::1]:9080", "[::1]")) {
            assertThat(passes("GET", Map.of("Host", List.of(host)))).as(host).isTrue();
        }
    }

    @Test
    void whatIsConfiguredIsKnownToo() throws Exception {
        rule.add(List.of("Shop.example.com", " 192.168.1.2"));
        for (String host : List.of("shop.example.com", "shop.EXAMPLE.com:443", "192.168.1.2:9080", "localhost:9080")) {
            assertThat(passes("GET", Map.of("Host", List.of(host)))).as(host).isTrue();
        }
        assertThat(passes("GET", Map.of("Host", List.of("www.example.com")))).isFalse();
    }

    @Test
    void theRefusalSaysWhatToDo() throws Exception {
        Exchange exchange = Exchange.of("GET", Map.of("Host", List.of("shop.example.com:9080")));
        rule.doFilter(exchange.request(), exchange.response(), (request, response) -> {});
        assertThat(exchange.status()).isEqualTo(421);
        assertThat(exchange.text()).contains("'shop.example.com'", "sample.hosts", "localhost");
    }

    @Test
    void whatIsNoNameIsAFaultOfTheConfiguration() {
        for (String wrong : List.of("shop.example.com:9080", "http://shop.example.com", "*", "a b", "")) {
            assertThatThrownBy(() -> rule.add(List.of(wrong)))
                    .as(wrong)
                    .isInstanceOf(ServletException.class)
                    .hasMessageContaining("sample.hosts")
                    .hasMessageContaining("'" + wrong + "'");
        }
    }

    private boolean passes(String method, Map<String, List<String>> headers) throws Exception {
        AtomicBoolean passed = new AtomicBoolean();
        Exchange exchange = Exchange.of(method, headers);
        rule.doFilter(exchange.request(), exchange.response(), (request, response) -> passed.set(true));
        assertThat(exchange.status()).isEqualTo(passed.get() ? 200 : 421);
        return passed.get();
    }
}
