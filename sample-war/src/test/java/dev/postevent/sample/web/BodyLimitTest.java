package dev.postevent.sample.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BodyLimitTest {
    private static final long NOT_SAID = -1;
    private static final FilterChain ALL =
            (request, response) -> request.getInputStream().readAllBytes();

    /** Zeros without end, counted. */
    private static final class Endless extends InputStream {
        private long given;

        @Override
        public int read() {
            given++;
            return 0;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            given += length;
            return length;
        }
    }

    @Test
    void whatIsSaidToBeTooLongIsNotRead() throws Exception {
        Endless body = new Endless();
        Exchange exchange = post("/events", BodyLimit.EVENTS_MAX + 1L, body);
        new BodyLimit().doFilter(exchange.request(), exchange.response(), (request, response) -> {
            throw new AssertionError("nobody may see it");
        });
        assertThat(exchange.status()).isEqualTo(413);
        assertThat(exchange.text()).contains("at most " + BodyLimit.EVENTS_MAX);
        assertThat(body.given).isZero();
    }

    @Test
    void whatIsNotSaidIsCountedAndReadNoFurtherThanTheLimit() throws Exception {
        for (String path : new String[] {"/events", "/api"}) {
            int limit = path.equals("/events") ? BodyLimit.EVENTS_MAX : BodyLimit.OTHERS_MAX;
            Endless body = new Endless();
            Exchange exchange = post(path, NOT_SAID, body);
            new BodyLimit().doFilter(exchange.request(), exchange.response(), ALL);
            assertThat(exchange.status()).isEqualTo(413);
            assertThat(body.given).isBetween((long) limit, limit + 64L * 1024);
        }
    }

    @Test
    void readByteByByteOrAsTextItIsCountedToo() throws Exception {
        for (FilterChain reader : new FilterChain[] {
            (request, response) -> {
                while (request.getInputStream().read() >= 0) {
                    assertThat(response.isCommitted()).isFalse();
                }
            },
            (request, response) -> request.getReader().transferTo(java.io.Writer.nullWriter())
        }) {
            Exchange exchange = post("/api", NOT_SAID, new Endless());
            new BodyLimit().doFilter(exchange.request(), exchange.response(), reader);
            assertThat(exchange.status()).isEqualTo(413);
        }
    }

    @Test
    void aBodyOfJustTheLimitIsReadAndWhatWasTakenIsGivenBack() throws Exception {
        Semaphore budget = new Semaphore(BodyLimit.TOGETHER_MAX);
        AtomicInteger read = new AtomicInteger();
        byte[] zeros = new byte[BodyLimit.OTHERS_MAX];
        Exchange exchange = post("/api", zeros.length, new java.io.ByteArrayInputStream(zeros));
        new BodyLimit(budget).doFilter(exchange.request(), exchange.response(), (request, response) -> {
            read.set(request.getInputStream().readAllBytes().length);
            assertThat(budget.availablePermits()).isEqualTo(BodyLimit.TOGETHER_MAX - zeros.length);
        });
        assertThat(read).hasValue(zeros.length);
        assertThat(exchange.status()).isEqualTo(200);
        assertThat(budget.availablePermits()).isEqualTo(BodyLimit.TOGETHER_MAX);
    }

    @Test
    void whatAllBodiesTogetherMayHaveIsBoundedAndComesBackWhateverHappens() throws Exception {
        Semaphore budget = new Semaphore(BodyLimit.OTHERS_MAX - 1);
        Exchange exchange = post("/api", NOT_SAID, new Endless());
        new BodyLimit(budget).doFilter(exchange.request(), exchange.response(), ALL);
        assertThat(exchange.status()).isEqualTo(503);
        assertThat(budget.availablePermits()).isEqualTo(BodyLimit.OTHERS_MAX - 1);

        assertThatThrownBy(() -> {
                    Exchange failing = post("/api", NOT_SAID, new Endless());
                    new BodyLimit(budget).doFilter(failing.request(), failing.response(), (request, response) -> {
                        assertThat(request.getInputStream().readNBytes(100)).hasSize(100);
                        throw new ServletException("an error of ours");
                    });
                })
                .hasMessage("an error of ours");
        assertThat(budget.availablePermits()).isEqualTo(BodyLimit.OTHERS_MAX - 1);
    }

    /** What JAX-RS and JSON-P make of an exception is another one around it. */
    @Test
    void aRefusalIsFoundBehindWhatReadersMakeOfIt() throws Exception {
        Exchange exchange = post("/api", NOT_SAID, new Endless());
        new BodyLimit().doFilter(exchange.request(), exchange.response(), (request, response) -> {
            try {
                request.getInputStream().readAllBytes();
            } catch (IOException e) {
                throw new ServletException(new IllegalStateException(e));
            }
        });
        assertThat(exchange.status()).isEqualTo(413);
    }

    private static Exchange post(String path, long contentLength, InputStream body) {
        return new Exchange("POST", path, Map.of(), contentLength, body);
    }
}
