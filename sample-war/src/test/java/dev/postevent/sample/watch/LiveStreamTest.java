package dev.postevent.sample.watch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
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
        assertThat(browser.flushed).startsWith(": ").endsWith("\n\none\n\ntwo\n\n");
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
            live.send("tick", Map.of("n", i));
        }
        assertThat(live.size()).isEqualTo(2);
        Browser browser = new Browser(good, "\"n\":" + (LiveStream.WAITING_MAX - 1) + "}");
        good.send(browser);
        assertThat(browser.flushed).contains("event: tick\ndata: {\"n\":0}\n\n");
        live.send("tick", Map.of("n", "one too many"));
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
