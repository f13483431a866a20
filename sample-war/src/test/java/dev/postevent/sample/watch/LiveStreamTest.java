package dev.postevent.sample.watch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.Subscriptions;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What one page does, the others and the observer do not feel. */
class LiveStreamTest {
    private static final Duration LONG = Duration.ofHours(1);

    private final List<Page> left = new ArrayList<>();

    @Test
    void aPageHearsAtOnceThatItIsConnectedAndThenEachMessageInOrder() throws Exception {
        Page page = page(LONG);
        page.offer(bytes("one\n\n"));
        page.offer(bytes("two\n\n"));
        Browser browser = new Browser(page, "two\n\n");
        page.send(browser);
        assertThat(browser.flushed).isEqualTo(": open\n\none\n\ntwo\n\n");
        assertThat(browser.firstFlush).startsWith(": ").doesNotContain("one");
        assertThat(left).containsExactly(page);
    }

    @Test
    void aPageThatHasNothingToHearIsSentComments() throws Exception {
        Page page = page(Duration.ZERO);
        Browser browser = new Browser(page, ": still here\n\n: still here\n\n");
        page.send(browser);
        assertThat(browser.flushed).contains(": still here\n\n: still here\n\n");
    }

    @Test
    void ofWhatIsShownOnlyTheNewestWaitsAndOfEventsAll() throws Exception {
        Page page = page(LONG);
        page.offer(bytes("one\n\n"));
        page.show(bytes("before\n\n"));
        page.offer(bytes("two\n\n"));
        page.show(bytes("now\n\n"));
        Browser browser = new Browser(page, "two\n\n");
        page.send(browser);
        assertThat(browser.flushed).isEqualTo(": open\n\none\n\nnow\n\ntwo\n\n");
    }

    @Test
    void whatIsShownIsSentAgainAfterItWasSent() throws Exception {
        Page page = page(LONG);
        page.show(bytes("first\n\n"));
        Browser browser = new Browser(page, "second\n\n");
        browser.onFlush = () -> {
            if (browser.flushed.endsWith("first\n\n")) {
                page.show(bytes("second\n\n"));
            }
        };
        page.send(browser);
        assertThat(browser.flushed).isEqualTo(": open\n\nfirst\n\nsecond\n\n");
    }

    @Test
    void aPageThatIsSentNothingOfWhatIsShownHasToGoToo() {
        LiveStream live = new LiveStream();
        Page page = live.open().orElseThrow();
        for (int i = 0; i < LiveStream.WAITING_MAX; i++) {
            live.show("tick", Map.of("n", i));
        }
        assertThat(page.isOver()).isFalse();
        live.show("tick", Map.of("n", "one too many"));
        assertThat(page.isOver()).isTrue();
    }

    @Test
    void pagesAreToldThatTheStateCannotBeReadAndOnlyTheKindOfReason() throws Exception {
        LiveStream live = new LiveStream();
        StatusTicker ticker = new StatusTicker();
        ticker.live = live;
        ticker.subscriptions = (Subscriptions) Proxy.newProxyInstance(
                Subscriptions.class.getClassLoader(), new Class<?>[] {Subscriptions.class}, (self, method, values) -> {
                    throw new IllegalStateException("user, password and address");
                });
        Page page = live.open().orElseThrow();
        ticker.tick();
        ticker.tick();
        Browser browser = new Browser(page, "away");
        page.send(browser);
        assertThat(browser.flushed)
                .isEqualTo(": open\n\nevent: away\ndata: {\"reason\":\"IllegalStateException\"}\n\n");
    }

    @Test
    void anApplicationThatEndsEndsItsPagesAndOpensNoMore() throws Exception {
        LiveStream live = new LiveStream();
        Page page = live.open().orElseThrow();
        Browser browser = new Browser(page, "never");
        CountDownLatch connected = new CountDownLatch(1);
        browser.onFlush = connected::countDown;
        AtomicInteger ended = new AtomicInteger();
        Thread thread = new Thread(() -> {
            try {
                page.send(browser);
                ended.incrementAndGet();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        thread.start();
        connected.await();
        live.close();
        thread.join();
        assertThat(ended).hasValue(1);
        assertThat(live.size()).isZero();
        assertThat(live.open()).isEmpty();
    }

    @Test
    void aBrowserThatDoesNotReadHoldsUpItsOwnThreadOnlyAndIsLetGo() throws Exception {
        LiveStream live = new LiveStream();
        Page slow = live.open().orElseThrow();
        Page good = live.open().orElseThrow();
        CountDownLatch hangs = new CountDownLatch(1);
        AtomicInteger interrupted = new AtomicInteger();
        Thread thread = new Thread(() -> {
            try {
                slow.send(new Hanging(hangs));
            } catch (InterruptedIOException e) {
                interrupted.incrementAndGet();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        thread.start();
        hangs.await();
        for (int i = 0; i < LiveStream.WAITING_MAX; i++) {
            live.send("event", Map.of("n", i));
        }
        assertThat(live.size()).isEqualTo(2);
        Browser browser = new Browser(good, "\"n\":" + (LiveStream.WAITING_MAX - 1) + "}");
        good.send(browser);
        assertThat(browser.flushed).contains("event: event\ndata: {\"n\":0}\n\n");
        live.send("event", Map.of("n", "one too many"));
        thread.join();
        assertThat(interrupted).hasValue(1);
        assertThat(live.size()).isZero();
    }

    @Test
    void aBrowserThatHasLeftTakesNothingFromTheOthers() throws Exception {
        LiveStream live = new LiveStream();
        List<Page> pages = List.of(
                live.open().orElseThrow(),
                live.open().orElseThrow(),
                live.open().orElseThrow());
        live.send("tick", Map.of("n", 1));
        assertThatThrownBy(() -> pages.get(1).send(new Broken())).hasMessage("gone");
        live.send("tick", Map.of("n", 2));
        for (Page page : List.of(pages.get(0), pages.get(2))) {
            Browser browser = new Browser(page, "\"n\":2}");
            page.send(browser);
            assertThat(browser.flushed).contains("{\"n\":1}", "{\"n\":2}");
        }
        assertThat(live.size()).isZero();
    }

    @Test
    void pagesAreCountedAndAPlaceIsGivenBack() throws Exception {
        LiveStream live = new LiveStream();
        List<Page> pages = new ArrayList<>();
        for (int i = 0; i < LiveStream.PAGES_MAX; i++) {
            pages.add(live.open().orElseThrow());
        }
        assertThat(live.open()).isEmpty();
        assertThatThrownBy(() -> pages.get(7).send(new Broken())).isInstanceOf(IOException.class);
        pages.get(8).leave();
        assertThat(live.open()).isPresent();
        assertThat(live.open()).isPresent();
        assertThat(live.open()).isEmpty();
    }

    @Test
    void aPageThatIsEndedSendsNothingMoreThoughThatCameBeforeItsThread() throws Exception {
        Page page = page(LONG);
        page.offer(bytes("never"));
        page.end();
        page.end();
        Browser browser = new Browser(page, "never");
        page.send(browser);
        assertThat(browser.flushed).doesNotContain("never");
        assertThat(left).containsExactly(page);
        assertThat(Thread.interrupted()).as("what follows on its thread").isFalse();
    }

    private Page page(Duration silenceMax) {
        return new Page(10, silenceMax, left::add);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    /** Reads until it has what it waits for; then it ends the page. */
    private static final class Browser extends OutputStream {
        private final Page page;
        private final String last;
        private final ByteArrayOutputStream written = new ByteArrayOutputStream();
        private String firstFlush = "";
        private String flushed = "";
        private Runnable onFlush = () -> {};

        private Browser(Page page, String last) {
            this.page = page;
            this.last = last;
        }

        @Override
        public void write(int one) {
            written.write(one);
        }

        @Override
        public void flush() {
            flushed = written.toString(UTF_8);
            if (firstFlush.isEmpty()) {
                firstFlush = flushed;
            }
            if (flushed.contains(last)) {
                page.end();
            }
            onFlush.run();
        }
    }

    /** A connection whose other end takes nothing. */
    private static final class Hanging extends OutputStream {
        private final CountDownLatch hangs;

        private Hanging(CountDownLatch hangs) {
            this.hangs = hangs;
        }

        @Override
        public void write(int one) throws IOException {
            hangs.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        }
    }

    /** A connection whose other end is gone. */
    private static final class Broken extends OutputStream {
        @Override
        public void write(int one) throws IOException {
            throw new IOException("gone");
        }
    }
}
