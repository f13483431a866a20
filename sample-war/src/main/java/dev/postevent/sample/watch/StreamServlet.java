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
import java.util.Optional;

/**
 * {@code /shop/api/stream}: events ({@code event}) and, once a second, all that a page shows beside them ({@code tick}).
 *
 * <p>No resource of JAX-RS: what its {@code SseEventSink} does with a browser that does not read differs between servers. One lets the
 * sender wait, another keeps what it is given without a bound.
 */
@WebServlet(urlPatterns = "/api/stream", asyncSupported = true)
public class StreamServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;
    private static final System.Logger LOG = System.getLogger("dev.postevent.sample");

    @Inject
    transient LiveStream live;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Optional<Page> opened = live.open();
        if (opened.isEmpty()) {
            JsonAnswer.refuse(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE, "too many pages are open");
            return;
        }
        Page page = opened.get();
        boolean begun = false;
        try {
            response.setContentType("text/event-stream");
            response.setCharacterEncoding("UTF-8");
            OutputStream out = response.getOutputStream();
            ManagedThreadFactory threads = ServerObjects.lookup("java:comp/DefaultManagedThreadFactory");
            AsyncContext async = request.startAsync();
            async.setTimeout(0); // none: as long as the page is open
            threads.newThread(() -> send(page, out, async)).start();
            begun = true;
        } finally {
            if (!begun) {
                page.leave();
            }
        }
    }

    /** What GET would say of itself; nothing stays open. */
    @Override
    protected void doHead(HttpServletRequest request, HttpServletResponse response) {
        response.setContentType("text/event-stream");
        response.setCharacterEncoding("UTF-8");
    }

    private static void send(Page page, OutputStream out, AsyncContext async) {
        try {
            page.send(out);
        } catch (IOException | RuntimeException e) {
            // the browser has left, or did not read; servers have exceptions of their own for it
            LOG.log(System.Logger.Level.DEBUG, "A page is gone: {0}", e.toString());
        } finally {
            complete(async);
        }
    }

    private static void complete(AsyncContext async) {
        try {
            async.complete();
        } catch (RuntimeException e) {
            // the server knew before us that the connection is gone
            LOG.log(System.Logger.Level.DEBUG, "The request of a page was over: {0}", e.toString());
        }
    }
}
