package dev.postevent.sample.web;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** A body that comes as the test says: zeros, and between them whatever happens while it is waited for. */
final class Sender extends ServletInputStream {
    /** What happens meanwhile; may throw what reading a body throws. */
    interface Step {
        void happen() throws Exception;
    }

    private record Piece(long bytes, Step before) {}

    private final Deque<Piece> pieces = new ArrayDeque<>();
    private long left;
    private long taken;

    /** So many zeros. */
    Sender send(long bytes) {
        pieces.add(new Piece(bytes, () -> {}));
        return this;
    }

    /** Nothing comes until this has happened. */
    Sender meanwhile(Step step) {
        pieces.add(new Piece(0, step));
        return this;
    }

    /** How much was read. */
    long taken() {
        return taken;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        while (left == 0 && !pieces.isEmpty()) {
            Piece next = pieces.remove();
            try {
                next.before().happen();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            left = next.bytes();
        }
        if (left == 0) {
            return -1;
        }
        int bytes = (int) Math.min(length, left);
        left -= bytes;
        taken += bytes;
        return bytes;
    }

    @Override
    public int read() {
        throw new UnsupportedOperationException("byte by byte");
    }

    @Override
    public boolean isFinished() {
        return left == 0 && pieces.isEmpty();
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void setReadListener(ReadListener listener) {
        throw new UnsupportedOperationException("setReadListener");
    }
}
