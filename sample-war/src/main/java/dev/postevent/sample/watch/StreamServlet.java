package dev.postevent.sample.watch;

import dev.postevent.sample.ServerObjects;
import dev.postevent.sample.web.JsonAnswer;
import jakarta.enterprise.concurrent.ManagedThreadFactory;
import jakarta.inject.Inject;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.annotation.WebServlet;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * {@code /shop/api/stream}: events ({@code event}) and, once a second, all that a page shows beside them ({@code tick}),
 * or that it cannot be read ({@code away}).
 *
 * <p>No resource of JAX-RS: what its {@code SseEventSink} does with a browser that does not read differs between servers. One lets the
 * sender wait, another keeps what it is given without a bound.
 */
@WebServlet(urlPatterns = "/api/stream", asyncSupported = true)
public class StreamServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final System.Logger LOG = System.getLogger("dev.postevent.sample");

    /** So that it is known whose they are. */
    static final String THREAD = "postevent-sample-page";

    @Inject
    transient LiveStream live;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        ManagedThreadFactory threads = ServerObjects.lookup("java:comp/DefaultManagedThreadFactory");
        open(request, response, threads);
    }

    /** Sends from a thread of its own until the page has gone. */
    void open(HttpServletRequest request, HttpServletResponse response, ThreadFactory threads) throws IOException {
        Optional<Page> opened = live.open();
        if (opened.isEmpty()) {
            JsonAnswer.refuse(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, "no more pages can be open");
            return;
        }
        Page page = opened.get();
        Sending sending = new Sending(page);
        boolean begun = false;
        try {
            // first of all: a server that ends gives none, and then there is no request yet that would have to be
            // completed
            Thread thread = threads.newThread(sending);
            if (thread == null) {
                JsonAnswer.refuse(
                        response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, "the server has no thread for a page");
                return;
            }
            thread.setName(THREAD);
            response.setContentType("text/event-stream");
            response.setCharacterEncoding("UTF-8");
            sending.out = response.getOutputStream();
            sending.async = request.startAsync();
            sending.async.setTimeout(0); // none: as long as the page is open
            thread.start();
            begun = true;
        } finally {
            if (!begun) {
                page.leave();
                sending.complete();
            }
        }
    }

    /** What GET would say of itself; nothing stays open. */
    @Override
    protected void doHead(HttpServletRequest request, HttpServletResponse response) {
        response.setContentType("text/event-stream");
        response.setCharacterEncoding("UTF-8");
    }

    /** What the thread of a page does. */
    private static final class Sending implements Runnable {
        private final Page page;
        private @Nullable OutputStream out;
        private @Nullable AsyncContext async;

        private Sending(Page page) {
            this.page = page;
        }

        @Override
        public void run() {
            try {
                page.send(Objects.requireNonNull(out, "before it began"));
            } catch (IOException | RuntimeException e) {
                // the browser has left, or did not read; servers have exceptions of their own for it
                LOG.log(System.Logger.Level.DEBUG, "A page is gone: {0}", e.toString());
            } finally {
                complete();
            }
        }

        private void complete() {
            if (async == null) {
                return;
            }
            try {
                async.complete();
            } catch (RuntimeException e) {
                // the server knew before us that the connection is gone
                LOG.log(System.Logger.Level.DEBUG, "The request of a page was over: {0}", e.toString());
            }
        }
    }
}
