package dev.postevent.sample.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;

/**
 * Bodies are bounded before anything is made of them, in size, each one and all together, and in time: what is made of a body may need
 * several times its memory, and whoever sends one slowly, or never to the end, holds up nobody else. Only a whole body is handed on.
 *
 * <p>413 for one that is too long, by what is said of it or by what comes; 408 for one that takes too long; 503 while too much, or too
 * many, come at once.
 *
 * <p>A thread waits for each body. How long it waits for the next byte is the server's to say (its read timeout), and that it has more
 * threads than {@link #PLACES}: {@code server-config} sets both.
 */
public class BodyLimit extends HttpFilter {
    private static final long serialVersionUID = 1L;

    /** One event has at most 1 MiB ({@code postevent.publish.size-max}), more in JSON; or a batch of smaller ones. */
    static final int EVENTS_MAX = 4 * 1024 * 1024;
    /** An order, a fault: a hundred bytes, some texts of 200 characters with escapes. */
    static final int OTHERS_MAX = 64 * 1024;
    /** All that are here at one time. */
    static final int TOGETHER_MAX = 16 * 1024 * 1024;
    /** The longest body over a line of 2 Mbit/s; then it has to be whole. */
    static final Duration TIME_MAX = Duration.ofSeconds(20);
    /** A body that takes longer gives way while there is no room for others. */
    static final Duration SLOW = Duration.ofSeconds(1);
    /** Bodies that are waited for at one time: half of the threads that {@code server-config} gives a server for requests. */
    static final int PLACES = 64;

    private static final String EVENTS = "/events";

    private final transient BodyMemory memory;
    private final transient Semaphore places = new Semaphore(PLACES);

    public BodyLimit() {
        this(new BodyMemory(TOGETHER_MAX, SLOW, System::nanoTime));
    }

    BodyLimit(BodyMemory memory) {
        this.memory = memory;
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        long limit = request.getServletPath().equals(EVENTS) ? EVENTS_MAX : OTHERS_MAX;
        if (request.getContentLengthLong() > limit) {
            refuse(response, IncomingBody.tooLong(limit));
        } else if (!hasBody(request)) {
            chain.doFilter(new WholeBody(request, InputStream.nullInputStream()), response);
        } else {
            IncomingBody body = memory.open(limit);
            try {
                receive(request.getInputStream(), body);
                BodyRefused refused = body.refused();
                if (refused == null) {
                    chain.doFilter(new WholeBody(request, body.stream()), response);
                } else {
                    refuse(response, refused);
                }
            } finally {
                body.release();
            }
        }
    }

    /** Who only reads pages must not need one of the places, nor memory. */
    private static boolean hasBody(HttpServletRequest request) {
        long said = request.getContentLengthLong();
        if (said >= 0) {
            return said > 0;
        }
        return request.getHeader("Transfer-Encoding") != null
                || !(request.getMethod().equals("GET") || request.getMethod().equals("HEAD"));
    }

    /** Waits until it is whole or refused. */
    private void receive(InputStream in, IncomingBody body) {
        if (!places.tryAcquire()) {
            body.refuse(IncomingBody.FULL);
            return;
        }
        try {
            byte[] buffer = new byte[BodyMemory.BLOCK];
            while (body.refused() == null) {
                int bytes = read(in, buffer);
                if (memory.isOlder(body, TIME_MAX)) {
                    body.refuse(IncomingBody.TOO_SLOW);
                } else if (bytes < 0) {
                    body.whole();
                    return;
                } else {
                    body.add(buffer, bytes);
                }
            }
        } catch (IOException e) {
            body.refuse(isTimeout(e) ? IncomingBody.SILENT : IncomingBody.BROKEN);
        } finally {
            places.release();
        }
    }

    private static int read(InputStream in, byte[] buffer) throws IOException {
        try {
            return in.read(buffer);
        } catch (RuntimeException e) {
            // Undertow has these for a connection that its read timeout has closed
            throw new IOException("reading a body", e);
        }
    }

    /** Each server has its own word for it. */
    private static boolean isTimeout(Throwable lost) {
        for (Throwable cause = lost; cause != null; cause = cause.getCause()) {
            if (cause instanceof InterruptedIOException || cause instanceof TimeoutException) {
                return true;
            }
        }
        return false;
    }

    private static void refuse(HttpServletResponse response, BodyRefused refused) throws IOException {
        JsonAnswer.refuseUnread(response, refused.status(), refused.rule());
    }
}
