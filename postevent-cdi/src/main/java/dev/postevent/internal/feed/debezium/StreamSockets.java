package dev.postevent.internal.feed.debezium;

import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Sockets of streams, on which one can wait until the server has sent something. The driver has no such call: it can read and block,
 * keeping everybody else from sending meanwhile, or ask whether there is something. The driver makes the factory by name, so class
 * and constructor are public.
 */
public final class StreamSockets extends SocketFactory {
    /** The driver reads with this limit when it only wants to know whether there is something: it is told at once. */
    private static final int PROBE_MILLIS = 1;

    private static final Map<String, StreamSocket> LATEST = new ConcurrentHashMap<>();

    private final String stream;

    /**
     * Called by the driver.
     *
     * @param stream whose sockets they are, {@code socketFactoryArg} of the connection
     */
    public StreamSockets(String stream) {
        this.stream = stream;
    }

    /** The socket that was made last for a stream, null if there is none; the next call gets none. */
    static @Nullable StreamSocket take(String stream) {
        return LATEST.remove(stream);
    }

    @Override
    public Socket createSocket() {
        StreamSocket socket = new StreamSocket();
        LATEST.values().removeIf(Socket::isClosed); // of connections that failed
        LATEST.put(stream, socket);
        return socket;
    }

    @Override
    public Socket createSocket(String host, int port) {
        throw connected();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
        throw connected();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
        throw connected();
    }

    @Override
    public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
        throw connected();
    }

    private static UnsupportedOperationException connected() {
        return new UnsupportedOperationException("sockets of streams are made first and connected then");
    }

    /** Without a stack trace: it is thrown each time the stream has read everything. */
    private static final class NothingToReadException extends SocketTimeoutException {
        private static final long serialVersionUID = 1L;

        NothingToReadException() {
            super("nothing to read");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    /**
     * The driver's threads read it, the one that streams and the one that acknowledges, and the first one waits on it. Its time limit
     * counts for reads alone: waiting has its own.
     */
    static final class StreamSocket extends Socket {
        private final Object reading = new Object();
        private @Nullable WaitingInput input;
        private volatile int readMillis;
        private int appliedMillis;

        @Override
        public InputStream getInputStream() throws IOException {
            synchronized (reading) {
                WaitingInput made = input;
                if (made == null) {
                    made = new WaitingInput(super.getInputStream());
                    input = made;
                }
                return made;
            }
        }

        @Override
        public synchronized void setSoTimeout(int timeout) throws SocketException {
            if (isClosed()) {
                throw new SocketException("Socket is closed");
            }
            readMillis = timeout;
        }

        @Override
        public synchronized int getSoTimeout() {
            return readMillis;
        }

        /** Bytes read by the driver so far. */
        long bytesRead() {
            WaitingInput made = input;
            return made == null ? 0 : made.taken;
        }

        /**
         * Waits until the server has sent something, or somebody has read something, which may be what the caller waits for.
         *
         * @param bytesRead as it was before the caller looked for something to read
         * @return false if neither came within {@code limit}
         * @throws EOFException if the end of the connection was seen by waiting before, and nobody has taken note of it
         */
        boolean awaitInput(long bytesRead, Duration limit) throws IOException {
            synchronized (reading) {
                WaitingInput made = input;
                return made == null || made.await(bytesRead, (int) Math.max(1, limit.toMillis()));
            }
        }

        private void apply(int millis) throws SocketException {
            if (millis != appliedMillis) {
                super.setSoTimeout(millis);
                appliedMillis = millis;
            }
        }

        private final class WaitingInput extends FilterInputStream {
            private final byte[] buffer = new byte[8_192];
            private int position;
            private int limit;
            /** {@code limit - position}, for who asks without the lock: never more than is there. */
            private volatile int buffered;

            private volatile long taken;
            private boolean ended;

            WaitingInput(InputStream in) {
                super(in);
            }

            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] bytes, int offset, int length) throws IOException {
                synchronized (reading) {
                    int read = Math.min(length, buffered);
                    if (read > 0) {
                        System.arraycopy(buffer, position, bytes, offset, read);
                        position += read;
                        buffered = limit - position;
                    } else {
                        int millis = readMillis;
                        if (millis == PROBE_MILLIS && in.available() == 0) {
                            throw new NothingToReadException();
                        }
                        apply(millis);
                        read = in.read(bytes, offset, length);
                    }
                    if (read > 0) {
                        taken += read;
                    }
                    return read;
                }
            }

            @Override
            public int available() throws IOException {
                return buffered + in.available();
            }

            private boolean await(long bytesRead, int millis) throws IOException {
                if (taken != bytesRead || buffered > 0) {
                    return true;
                }
                if (ended) {
                    throw new EOFException("the server ended the connection");
                }
                apply(millis);
                try {
                    int read = in.read(buffer, 0, buffer.length);
                    ended = read < 0; // who reads may see it; who only asks the driver never does
                    position = 0;
                    limit = Math.max(0, read);
                    buffered = limit;
                    return true;
                } catch (SocketTimeoutException e) {
                    return false;
                }
            }
        }
    }
}
