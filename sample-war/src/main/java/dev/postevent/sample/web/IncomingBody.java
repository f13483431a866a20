package dev.postevent.sample.web;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What has come of one body: not whole yet, then whole or refused, then over. Bytes are counted as they come: in chunks nobody says before
 * how many there will be, and what is said may be of a compressed body.
 */
final class IncomingBody {
    static final BodyRefused FULL =
            new BodyRefused(HttpServletResponse.SC_SERVICE_UNAVAILABLE, "too much is being sent at once, try again");
    static final BodyRefused GAVE_WAY = new BodyRefused(
            HttpServletResponse.SC_SERVICE_UNAVAILABLE,
            "too much is being sent at once, and this body came slowly; try again");
    static final BodyRefused TOO_SLOW = new BodyRefused(
            HttpServletResponse.SC_REQUEST_TIMEOUT,
            "a body has to be here within " + BodyLimit.TIME_MAX.toSeconds() + " s");
    static final BodyRefused SILENT = new BodyRefused(
            HttpServletResponse.SC_REQUEST_TIMEOUT, "for too long nothing has come of a body that is not whole");
    static final BodyRefused BROKEN =
            new BodyRefused(HttpServletResponse.SC_BAD_REQUEST, "the body ended before its end");

    private final BodyMemory memory;
    private final long limit;
    private final long begun;
    private final List<byte[]> blocks = new ArrayList<>();
    private long size;
    private boolean whole;
    private @Nullable BodyRefused refused;
    private volatile boolean over;

    IncomingBody(BodyMemory memory, long limit, long begun) {
        this.memory = memory;
        this.limit = limit;
        this.begun = begun;
    }

    static BodyRefused tooLong(long limit) {
        return new BodyRefused(
                HttpServletResponse.SC_REQUEST_ENTITY_TOO_LARGE, "a body has at most " + limit + " bytes here");
    }

    /** When it began to come, in the nanoseconds of its memory's clock. */
    long begun() {
        return begun;
    }

    /** Why it is not taken; null if it is. */
    @Nullable
    BodyRefused refused() {
        synchronized (memory) {
            return refused;
        }
    }

    /** Keeps what has come, unless the body is refused, by this or meanwhile. */
    void add(byte[] from, int length) {
        synchronized (memory) {
            if (size + length > limit) {
                refuse(tooLong(limit));
            }
            for (int done = 0; done < length && refused == null; ) {
                int room = (int) ((long) blocks.size() * BodyMemory.BLOCK - size);
                if (room == 0) {
                    grow();
                    continue;
                }
                int part = Math.min(room, length - done);
                System.arraycopy(from, done, blocks.get(blocks.size() - 1), BodyMemory.BLOCK - room, part);
                done += part;
                size += part;
            }
        }
    }

    /** Adds a block; refused if there is none. */
    void grow() {
        synchronized (memory) {
            if (memory.take(this)) {
                blocks.add(new byte[BodyMemory.BLOCK]);
            } else {
                refuse(FULL);
            }
        }
    }

    /** All has come: from now on it does not give way, and no time runs out. */
    void whole() {
        synchronized (memory) {
            whole = true;
            memory.end(this, 0);
        }
    }

    /** Gives back what it has, unless it is whole, or refused already. */
    void refuse(BodyRefused why) {
        synchronized (memory) {
            if (refused == null && !whole) {
                refused = why;
                release();
            }
        }
    }

    /** Gives back what it has: nothing more can be read. */
    void release() {
        synchronized (memory) {
            over = true;
            memory.end(this, blocks.size());
            blocks.clear();
        }
    }

    /** Reads it from its beginning, once it is whole. */
    InputStream stream() {
        return new Blocks();
    }

    private final class Blocks extends InputStream {
        private long at;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            Objects.checkFromIndexSize(offset, length, into.length);
            if (over) {
                throw new IOException("the request is over");
            }
            if (length == 0) {
                return 0;
            }
            if (at == size) {
                return -1;
            }
            int from = (int) (at % BodyMemory.BLOCK);
            int part = (int) Math.min(Math.min(length, BodyMemory.BLOCK - from), size - at);
            System.arraycopy(blocks.get((int) (at / BodyMemory.BLOCK)), from, into, offset, part);
            at += part;
            return part;
        }

        @Override
        public int available() {
            return (int) (size - at);
        }
    }
}
