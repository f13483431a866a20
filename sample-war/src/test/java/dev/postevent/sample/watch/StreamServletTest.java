package dev.postevent.sample.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.sample.web.Exchange;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.Test;

/** A server that ends gives no thread: neither request nor place is kept for a page that nobody sends to. */
class StreamServletTest {
    private final StreamServlet servlet = new StreamServlet();
    private final Exchange exchange = Exchange.of("GET", Map.of());

    @Test
    void whereThereIsNoThreadThePageIsRefused() throws Exception {
        open(task -> null);
        assertThat(exchange.status()).isEqualTo(503);
        assertNothingIsKept();
    }

    @Test
    void aFactoryThatThrowsLeavesNothingOpen() {
        assertThatThrownBy(() -> open(task -> {
                    throw new IllegalStateException("stopped");
                }))
                .hasMessage("stopped");
        assertNothingIsKept();
    }

    @Test
    void aThreadThatDoesNotStartLeavesNothingOpen() {
        assertThatThrownBy(() -> open(task -> new Thread(task) {
                    @Override
                    public void start() {
                        throw new IllegalStateException("stopped");
                    }
                }))
                .hasMessage("stopped");
        assertNothingIsKept();
    }

    @Test
    void anApplicationThatEndsRefuses() throws Exception {
        servlet.live = new LiveStream();
        servlet.live.close();
        servlet.open(exchange.request(), exchange.response(), Thread::new);
        assertThat(exchange.status()).isEqualTo(503);
        assertNothingIsKept();
    }

    private void open(ThreadFactory threads) throws Exception {
        servlet.live = new LiveStream();
        servlet.open(exchange.request(), exchange.response(), threads);
    }

    private void assertNothingIsKept() {
        assertThat(exchange.isOver()).isTrue();
        assertThat(servlet.live.size()).isZero();
    }
}
