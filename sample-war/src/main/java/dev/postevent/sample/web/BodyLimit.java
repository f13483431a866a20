package dev.postevent.sample.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.annotation.WebFilter;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.concurrent.Semaphore;

/**
 * Bodies are bounded before anything is made of them, each one and all together: what is made of a body may need several times its
 * memory. 413 for one that is too long, by what is said of it or, at the byte that is one too many, by what comes; 503 while too much comes
 * at once.
 */
@WebFilter(urlPatterns = "/*", asyncSupported = true)
public class BodyLimit extends HttpFilter {
    private static final long serialVersionUID = 1L;

    /** One event has at most 1 MiB ({@code postevent.publish.size-max-bytes}), more in JSON; or a batch of smaller ones. */
    static final int EVENTS_MAX = 4 * 1024 * 1024;
    /** An order, a fault: a hundred bytes, some texts of 200 characters with escapes. */
    static final int OTHERS_MAX = 64 * 1024;
    /** All that are read at one time. */
    static final int TOGETHER_MAX = 16 * 1024 * 1024;

    private static final String EVENTS = "/events";

    private final transient Semaphore budget;

    public BodyLimit() {
        this(new Semaphore(TOGETHER_MAX));
    }

    BodyLimit(Semaphore budget) {
        this.budget = budget;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        long limit = request.getServletPath().equals(EVENTS) ? EVENTS_MAX : OTHERS_MAX;
        if (request.getContentLengthLong() > limit) {
            refuse(response, LimitedBody.tooLong(limit));
            return;
        }
        LimitedBody body = new LimitedBody(request, limit, budget);
        try {
            chain.doFilter(body, response);
        } catch (IOException | ServletException e) {
            BodyRefused refused = BodyRefused.behind(e);
            if (refused == null || response.isCommitted()) {
                throw e;
            }
            refuse(response, refused);
        } finally {
            body.release();
        }
    }

    private static void refuse(HttpServletResponse response, BodyRefused refused) throws IOException {
        // nobody reads the rest, so nothing can follow on this connection
        response.setHeader("Connection", "close");
        JsonAnswer.refuse(response, refused.status(), String.valueOf(refused.getMessage()));
    }
}
