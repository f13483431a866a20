package dev.postevent.sample.web;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * A request whose body ends with {@link BodyRefused} where it is too long. Bytes are counted as they are read: in chunks nobody says
 * before how many come, and what is said may be of a compressed body.
 */
final class LimitedBody extends HttpServletRequestWrapper {
    private final long limit;
    private final Semaphore budget;
    private long read;
    private boolean over;
    private @Nullable ServletInputStream stream;

    /**
     * Reads nothing yet.
     *
     * @param limit most bytes of this body
     * @param budget bytes that all bodies together may have
     */
    LimitedBody(HttpServletRequest request, long limit, Semaphore budget) {
        super(request);
        this.limit = limit;
        this.budget = budget;
    }

    /** Gives back what was taken of the budget: the request is over, and nothing more can be read. */
    void release() {
        over = true;
        budget.release((int) read);
        read = 0;
    }

    @Override
    public ServletInputStream getInputStream() throws IOException {
        ServletInputStream open = stream;
        if (open == null) {
            open = new Counted(super.getInputStream());
            stream = open;
        }
        return open;
    }

    @Override
    public BufferedReader getReader() throws IOException {
        String charset = getCharacterEncoding();
        return new BufferedReader(
                new InputStreamReader(getInputStream(), charset == null ? StandardCharsets.UTF_8.name() : charset));
    }

    private void count(int bytes) throws IOException {
        if (bytes <= 0) {
            return; // the end
        }
        if (over) {
            throw new IOException("the request is over");
        }
        if (read + bytes > limit) {
            throw tooLong(limit);
        }
        if (!budget.tryAcquire(bytes)) {
            throw new BodyRefused(
                    HttpServletResponse.SC_SERVICE_UNAVAILABLE, "too much is being sent at once, try again");
        }
        read += bytes;
    }

    static BodyRefused tooLong(long limit) {
        return new BodyRefused(
                HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE, "a body has at most " + limit + " bytes here");
    }

    private final class Counted extends ServletInputStream {
        private final ServletInputStream in;

        private Counted(ServletInputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            int one = in.read();
            count(one < 0 ? 0 : 1);
            return one;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int bytes = in.read(into, offset, length);
            count(bytes);
            return bytes;
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        @Override
        public boolean isFinished() {
            return in.isFinished();
        }

        @Override
        public boolean isReady() {
            return in.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            in.setReadListener(listener);
        }
    }
}
