package dev.postevent.sample.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.io.Writer;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class BodyLimitTest {
    private static final long NOT_SAID = -1;
    private static final FilterChain ALL =
            (request, response) -> request.getInputStream().readAllBytes();
    private static final FilterChain NOBODY = (request, response) -> {
        throw new AssertionError("nobody may see it");
    };

    private final AtomicLong clock = new AtomicLong();
    private final BodyMemory memory = memory(BodyLimit.TOGETHER_MAX);
    private final BodyLimit filter = new BodyLimit(memory);

    private BodyMemory memory(int bytes) {
        return new BodyMemory(bytes, BodyLimit.SLOW, clock::get);
    }

    private void pass(Duration time) {
        clock.addAndGet(time.toNanos());
    }

    private static Exchange post(BodyLimit filter, String path, long contentLength, Sender body, FilterChain chain)
            throws IOException, ServletException {
        Exchange exchange = new Exchange("POST", path, Map.of(), contentLength, body);
        filter.doFilter(exchange.request(), exchange.response(), chain);
        return exchange;
    }

    private Exchange post(String path, long contentLength, Sender body, FilterChain chain)
            throws IOException, ServletException {
        return post(filter, path, contentLength, body, chain);
    }

    @Test
    void whatIsSaidToBeTooLongIsNotRead() throws Exception {
        Sender body = new Sender().send(Long.MAX_VALUE);
        Exchange exchange = post("/events", BodyLimit.EVENTS_MAX + 1L, body, NOBODY);
        assertThat(exchange.status()).isEqualTo(413);
        assertThat(exchange.text()).contains("at most " + BodyLimit.EVENTS_MAX);
        assertThat(exchange.answered()).containsEntry("Connection", "close");
        assertThat(body.taken()).isZero();
    }

    @Test
    void whatIsNotSaidIsCountedAndReadNoFurtherThanTheLimit() throws Exception {
        for (String path : new String[] {"/events", "/api"}) {
            int limit = path.equals("/events") ? BodyLimit.EVENTS_MAX : BodyLimit.OTHERS_MAX;
            Sender body = new Sender().send(Long.MAX_VALUE);
            assertThat(post(path, NOT_SAID, body, NOBODY).status()).isEqualTo(413);
            assertThat(body.taken()).isBetween((long) limit, limit + 64L * 1024);
        }
        assertThat(memory.available()).isEqualTo(BodyLimit.TOGETHER_MAX);
    }

    @Test
    void aBodyIsHandedOnWhenItIsWholeAndWhatWasTakenIsGivenBack() throws Exception {
        AtomicReference<byte[]> read = new AtomicReference<>();
        Sender body = new Sender()
                .send(1)
                .meanwhile(() -> assertThat(read.get()).isNull())
                .send(BodyLimit.OTHERS_MAX - 1);
        Exchange exchange = post("/api", BodyLimit.OTHERS_MAX, body, (request, response) -> {
            read.set(request.getInputStream().readAllBytes());
            assertThat(memory.available()).isEqualTo(BodyLimit.TOGETHER_MAX - BodyLimit.OTHERS_MAX);
        });
        assertThat(read.get()).hasSize(BodyLimit.OTHERS_MAX);
        assertThat(exchange.status()).isEqualTo(200);
        assertThat(memory.available()).isEqualTo(BodyLimit.TOGETHER_MAX);
    }

    /** Across the blocks that it is kept in. */
    @Test
    void whatIsReadIsWhatCame() throws Exception {
        byte[] sent = new byte[3 * BodyMemory.BLOCK + 17];
        for (int i = 0; i < sent.length; i++) {
            sent[i] = (byte) (i * 31 + i / 251);
        }
        IncomingBody body = memory.open(sent.length);
        for (int at = 0, part = 1; at < sent.length; at += part, part = Math.min(part * 3, sent.length - at)) {
            byte[] piece = Arrays.copyOfRange(sent, at, at + part);
            body.add(piece, piece.length);
        }
        body.whole();
        assertThat(body.refused()).isNull();
        assertThat(body.stream().readAllBytes()).isEqualTo(sent);
        WholeBody request = new WholeBody(Exchange.of("POST", Map.of()).request(), body.stream());
        ServletInputStream one = request.getInputStream();
        for (byte expected : sent) {
            assertThat(one.read()).isEqualTo(expected & 0xff);
        }
        assertThat(one.isFinished()).isFalse();
        assertThat(one.read()).isEqualTo(-1);
        assertThat(one.isFinished()).isTrue();
    }

    @Test
    void aBodyIsReadAsTextTooAndAfterTheRequestNoMore() throws Exception {
        AtomicReference<ServletInputStream> kept = new AtomicReference<>();
        post("/api", NOT_SAID, new Sender().send(100), (request, response) -> {
            assertThat(request.getReader().transferTo(Writer.nullWriter())).isEqualTo(100);
            kept.set(request.getInputStream());
        });
        assertThatThrownBy(() -> kept.get().read()).isInstanceOf(IOException.class);
    }

    @Test
    void withoutABodyThereIsAnEmptyOne() throws Exception {
        AtomicReference<byte[]> read = new AtomicReference<>();
        for (long said : new long[] {0, NOT_SAID}) {
            Exchange exchange = post(
                    "/api",
                    said,
                    new Sender(),
                    (request, response) -> read.set(request.getInputStream().readAllBytes()));
            assertThat(read.getAndSet(null)).isEmpty();
            assertThat(exchange.status()).isEqualTo(200);
        }
    }

    /** The fault: four of them took all there was, for as long as they liked. */
    @Test
    void whoSendsSlowlyKeepsNobodyOut() throws Exception {
        AtomicLong quick = new AtomicLong();
        slowOnes(BodyLimit.TOGETHER_MAX / BodyLimit.EVENTS_MAX, quick);
        assertThat(quick).hasValue(10);
        assertThat(memory.available()).isEqualTo(BodyLimit.TOGETHER_MAX);
    }

    /** Each waits for its last byte while the others come; in the end quick ones do. */
    private void slowOnes(int more, AtomicLong quick) throws Exception {
        if (more > 0) {
            Sender body = new Sender()
                    .send(BodyLimit.EVENTS_MAX - 1)
                    .meanwhile(() -> slowOnes(more - 1, quick))
                    .send(1);
            post("/events", BodyLimit.EVENTS_MAX, body, ALL);
            return;
        }
        assertThat(memory.available()).isZero();
        pass(BodyLimit.SLOW.plusNanos(1));
        while (quick.get() < 10) {
            assertThat(post("/api", 100, new Sender().send(100), ALL).status()).isEqualTo(200);
            quick.incrementAndGet();
        }
        assertThat(post("/events", NOT_SAID, new Sender().send(BodyLimit.EVENTS_MAX), ALL)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void theOldestSlowOneGivesWayAndHearsIt() throws Exception {
        BodyLimit little = new BodyLimit(memory(2 * BodyMemory.BLOCK));
        AtomicReference<Exchange> second = new AtomicReference<>();
        AtomicReference<Exchange> third = new AtomicReference<>();
        Exchange first = post(
                little,
                "/events",
                NOT_SAID,
                new Sender()
                        .send(1)
                        .meanwhile(() -> {
                            Sender body = new Sender().send(1).meanwhile(() -> {
                                pass(BodyLimit.SLOW.plusNanos(1));
                                third.set(post(little, "/events", NOT_SAID, new Sender().send(1), ALL));
                            });
                            second.set(post(little, "/events", NOT_SAID, body.send(1), ALL));
                        })
                        .send(1),
                NOBODY);
        assertThat(first.status()).isEqualTo(503);
        assertThat(first.text()).contains("slowly");
        assertThat(second.get().status()).isEqualTo(200);
        assertThat(third.get().status()).isEqualTo(200);
    }

    /** Or, while too many come, each would end another one's, and none its own. */
    @Test
    void whatComesFastIsNotTakenFromEachOther() throws Exception {
        BodyLimit little = new BodyLimit(memory(BodyMemory.BLOCK));
        Exchange first = post(
                little,
                "/events",
                NOT_SAID,
                new Sender().send(1).meanwhile(() -> {
                    pass(BodyLimit.SLOW);
                    assertThat(post(little, "/events", NOT_SAID, new Sender().send(1), NOBODY)
                                    .status())
                            .isEqualTo(503);
                }),
                ALL);
        assertThat(first.status()).isEqualTo(200);
    }

    /** What is made of it may be half done. */
    @Test
    void aWholeBodyGivesWayToNobody() throws Exception {
        BodyMemory little = memory(BodyMemory.BLOCK);
        Exchange handled =
                post(new BodyLimit(little), "/events", NOT_SAID, new Sender().send(5), (request, response) -> {
                    pass(BodyLimit.TIME_MAX.plusNanos(1));
                    assertThat(little.open(1).refused()).isEqualTo(IncomingBody.FULL);
                    assertThat(request.getInputStream().readAllBytes()).hasSize(5);
                });
        assertThat(handled.status()).isEqualTo(200);
    }

    @Test
    void whatTakesTooLongIsRefusedHoweverLittleItHoldsAndHoweverOftenAByteComes() throws Exception {
        Sender body = new Sender();
        for (int i = 0; i < 100; i++) {
            body.send(1).meanwhile(() -> pass(Duration.ofSeconds(1)));
        }
        Exchange exchange = post("/api", 100, body, NOBODY);
        assertThat(exchange.status()).isEqualTo(408);
        assertThat(exchange.text()).contains("within 20 s");
        assertThat(body.taken()).isLessThan(30);
        assertThat(memory.available()).isEqualTo(BodyLimit.TOGETHER_MAX);
    }

    /** What the read timeouts of servers are to whoever reads, and what else may come of a connection. */
    @Test
    void whereNothingMoreComesTheServerSaysSoAndSoDoWe() throws Exception {
        for (IOException timeout :
                List.of(new SocketTimeoutException("Open Liberty"), new IOException(new TimeoutException("Grizzly")))) {
            assertThat(lost(timeout).status()).as("%s", timeout).isEqualTo(408);
        }
        for (Exception lost : List.of(new IOException("reset"), new NullPointerException("Undertow, closed"))) {
            assertThat(lost(lost).status()).as("%s", lost).isEqualTo(400);
        }
        assertThat(memory.available()).isEqualTo(BodyLimit.TOGETHER_MAX);
    }

    private Exchange lost(Exception with) throws IOException, ServletException {
        Sender body = new Sender().send(99).meanwhile(() -> {
            throw with;
        });
        return post("/api", 100, body, NOBODY);
    }

    @Test
    void whatWasTakenComesBackWhateverHappens() {
        assertThatThrownBy(() -> post("/api", 100, new Sender().send(100), (request, response) -> {
                    throw new ServletException("an error of ours");
                }))
                .hasMessage("an error of ours");
        assertThat(memory.available()).isEqualTo(BodyLimit.TOGETHER_MAX);
    }

    /** Each has a thread. */
    @Test
    void onlySoManyAreWaitedForAtOneTime() throws Exception {
        assertThat(nested(BodyLimit.PLACES)).isEqualTo(503);
        assertThat(nested(BodyLimit.PLACES - 1)).isEqualTo(200);
        assertThat(memory.available()).isEqualTo(BodyLimit.TOGETHER_MAX);
    }

    /** The status of one more while so many are waited for. */
    private int nested(int waiting) throws Exception {
        if (waiting == 0) {
            assertThat(Exchange.of("GET", Map.of()).status()).isEqualTo(200);
            Exchange page = new Exchange("GET", "/", Map.of(), NOT_SAID, null);
            filter.doFilter(page.request(), page.response(), (request, response) -> {});
            assertThat(page.status()).as("who only reads is never kept out").isEqualTo(200);
            return post("/api", 1, new Sender().send(1), ALL).status();
        }
        AtomicLong status = new AtomicLong();
        post(
                "/api",
                2,
                new Sender()
                        .send(1)
                        .meanwhile(() -> status.set(nested(waiting - 1)))
                        .send(1),
                ALL);
        return (int) status.get();
    }
}
