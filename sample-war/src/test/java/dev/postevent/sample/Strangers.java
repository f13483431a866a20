package dev.postevent.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What pages of other sites, and whoever else reaches the port, try with the shop. */
final class Strangers implements AutoCloseable {
    /** What the sample's {@code BodyLimit} allows; four of them at a time. */
    private static final int BODY_MAX = 4 * 1024 * 1024;

    /** Longer than the sample lets a body take, and shorter than a server waits for the next byte of one. */
    private static final Duration LIMIT = Duration.ofSeconds(40);

    private final Shop shop;
    private final List<RawConnection> open = new ArrayList<>();
    private final RawConnection unfinished;
    private int published;

    /** The first of them is there from now on: it sends a part of an order, and nothing more. */
    Strangers(Shop shop) throws IOException {
        this.shop = shop;
        this.unfinished = send("""
                POST /shop/api/orders HTTP/1.1
                Host: localhost
                Content-Type: application/json
                Content-Length: 100
                """, 99);
    }

    void pagesOfOtherSitesPressNoButtonAndShowNoFrame() {
        for (String[] foreign :
                new String[][] {{"Sec-Fetch-Site", "cross-site"}, {"Origin", "http://evil.example"}, {"Origin", "null"}
                }) {
            for (String path : List.of("/shop/api/subscriptions/shipping/pause", "/shop/events/orders")) {
                Shop.Answer refused = shop.send(
                        shop.request(path).header(foreign[0], foreign[1]).POST(BodyPublishers.noBody()));
                assertThat(refused.status()).as(path + " " + foreign[1]).isEqualTo(403);
            }
        }
        assertThat(shop.subscription("shipping").getBoolean("paused")).isFalse();
        for (String verb : List.of("pause", "resume")) {
            Shop.Answer own = shop.send(shop.request("/shop/api/subscriptions/shipping/" + verb)
                    .header("Origin", shop.server().uri("").toString())
                    .POST(BodyPublishers.noBody()));
            assertThat(own.status()).as(own.text()).isBetween(200, 204);
        }
        for (String path : List.of("/shop/", "/shop/shop.js", "/shop/api/status", "/shop/api/orders/999999")) {
            HttpHeaders headers = shop.get(path).headers();
            assertThat(headers.firstValue("Content-Security-Policy").orElse(""))
                    .as(path)
                    .contains("default-src 'none'", "frame-ancestors 'none'");
            assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
        }
    }

    /** Names of others that mean our address; to a browser, their pages and we are one site. */
    void otherNamesReachNothingButHealth() throws IOException {
        for (String request : List.of(
                "GET /shop/",
                "GET /shop/shop.js",
                "GET /shop/api/status",
                "GET /shop/api/stream",
                "POST /shop/api/subscriptions/shipping/pause")) {
            assertThat(underAnotherName(request, "Content-Length: 0").answer())
                    .as(request)
                    .startsWith("HTTP/1.1 421")
                    .contains("'evil.example'", "sample.hosts", "frame-ancestors 'none'");
        }
        assertThat(shop.subscription("shipping").getBoolean("paused")).isFalse();
        assertThat(underAnotherName("POST /shop/events/orders", "Content-Length: 100")
                        .answer())
                .as("before anything of its body has come")
                .startsWith("HTTP/1.1 421");
        assertThat(underAnotherName("GET /health/ready", "Accept: */*").answer())
                .as("health is the server's")
                .startsWith("HTTP/1.1 200");
    }

    /** The fault: four of them took all there was, and others were refused for as long as they liked. */
    void whoSendsSlowlyKeepsNobodyOut() throws IOException {
        List<RawConnection> slow = new ArrayList<>();
        await("there is no room for another one").atMost(LIMIT).until(() -> {
            slow.add(send("""
                    POST /shop/events/orders HTTP/1.1
                    Host: localhost
                    ce-specversion: 1.0
                    ce-id: slow
                    ce-source: /test
                    ce-type: t
                    Content-Type: application/octet-stream
                    Content-Length: %s
                    """.formatted(BODY_MAX), BODY_MAX - 1));
            // not each server tells whom it refuses before it has read the rest
            return slow.stream().anyMatch(RawConnection::isOver) || publish() == 503;
        });
        await("an event all the same").atMost(LIMIT).until(() -> publish() == 202);
        assertThat(shop.database().number("select count(*) from postevent.orders where id = 'slow'"))
                .isZero();
    }

    /** Publishes an event that needs some room, all at once; the status of the answer. */
    private int publish() {
        published++;
        Shop.Answer answer = shop.send(shop.request("/shop/events/orders")
                .header("ce-specversion", "1.0")
                .header("ce-id", "quick-" + published)
                .header("ce-source", "/test")
                .header("ce-type", "t")
                .header("Content-Type", "application/octet-stream")
                .POST(BodyPublishers.ofByteArray(new byte[BODY_MAX / 8])));
        assertThat(answer.status()).as(answer.text()).isIn(202, 503);
        return answer.status();
    }

    void whatNeverEndsIsRefused() {
        await("an order that never ends").atMost(LIMIT).until(unfinished::isOver);
        assertThat(unfinished.answer()).startsWith("HTTP/1.1 408").contains("nothing has come");
    }

    private RawConnection underAnotherName(String request, String more) throws IOException {
        return send("""
                %s HTTP/1.1
                Host: evil.example:%s
                Origin: http://evil.example:%2$s
                Sec-Fetch-Site: same-origin
                %s
                """.formatted(request, shop.server().uri("").getPort(), more), 0);
    }

    private RawConnection send(String head, int zeros) throws IOException {
        RawConnection connection = new RawConnection(shop.server().uri(""), head, zeros);
        open.add(connection);
        return connection;
    }

    @Override
    public void close() throws IOException {
        for (RawConnection connection : open) {
            connection.close();
        }
    }
}
