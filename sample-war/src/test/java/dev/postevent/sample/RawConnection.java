package dev.postevent.sample;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One request as no well-behaved client sends it: any header, and a body that need not end. It stays open until it is answered. */
final class RawConnection implements AutoCloseable {
    private static final Pattern CONTENT_LENGTH = Pattern.compile("(?i)\r\nContent-Length: *([0-9]+)");
    private static final byte[] ZEROS = new byte[64 * 1024];

    private final Socket socket;
    private final CompletableFuture<String> answer = new CompletableFuture<>();

    /**
     * Begins to send; that, and reading the answer, is done by threads of its own.
     *
     * @param head request line and headers, one a line
     * @param zeros how much of a body is sent
     */
    RawConnection(URI server, String head, int zeros) throws IOException {
        socket = new Socket(server.getHost(), server.getPort());
        byte[] begin = (head.strip().replace("\n", "\r\n") + "\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        start("sender", () -> {
            OutputStream out = socket.getOutputStream();
            out.write(begin);
            for (int left = zeros; left > 0; left -= ZEROS.length) {
                out.write(ZEROS, 0, Math.min(left, ZEROS.length));
            }
            out.flush();
        });
        start("reader", () -> {
            InputStream in = socket.getInputStream();
            StringBuilder top = new StringBuilder();
            while (top.indexOf("\r\n\r\n") < 0) {
                int one = in.read();
                if (one < 0) {
                    throw new EOFException("after " + top);
                }
                top.append((char) one);
            }
            Matcher length = CONTENT_LENGTH.matcher(top);
            // a server may wait for the rest of a body that it has refused, and not close
            byte[] body = length.find() ? in.readNBytes(Integer.parseInt(length.group(1))) : in.readAllBytes();
            answer.complete(top + new String(body, StandardCharsets.UTF_8));
        });
    }

    private interface Work {
        void run() throws IOException;
    }

    private void start(String name, Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        answer.complete("cut off: " + e); // the server closed it with something unread
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    /** Whether the server has answered, or cut it off. */
    boolean isOver() {
        return answer.isDone();
    }

    /** Status line, headers and body. */
    String answer() {
        return answer.join();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
