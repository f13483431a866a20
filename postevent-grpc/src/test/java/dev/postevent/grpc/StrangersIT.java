package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.testing.LogLines;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.logging.Level;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** G9: whoever reaches the port, and has nothing else, fills neither the log nor memory. */
class StrangersIT {
    private static final int CONNECTIONS = 50;

    // frames of HTTP/2, and a setting
    private static final byte SETTINGS = 4;
    private static final byte WINDOW_UPDATE = 8;
    private static final short INITIAL_WINDOW_SIZE = 4;

    private final Wires wires = new Wires();

    @AfterEach
    void close() throws Exception {
        wires.close();
    }

    private int serve() {
        OneEventLog log = new OneEventLog(1);
        return Wires.port(wires.server(log, log));
    }

    /** At most a line of a kind, from INFO on, which is what servers log if nothing is set. */
    private void connectWithoutATrace(int port) throws Exception {
        try (LogLines ofGrpc = new LogLines("io.grpc", Level.INFO);
                LogLines ofNetty = new LogLines("io.netty", Level.INFO)) {
            for (int i = 0; i < CONNECTIONS; i++) {
                try (Socket stranger = new Socket("127.0.0.1", port)) {
                    stranger.getOutputStream()
                            .write(("GET /" + i + " HTTP/1.1\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
                    readToTheEnd(stranger);
                }
            }
            wires.close(); // now all is said
            assertThat(ofGrpc.with("")).hasSizeLessThanOrEqualTo(1);
            assertThat(ofNetty.with("")).hasSizeLessThanOrEqualTo(1);
        }
    }

    private static void readToTheEnd(Socket socket) {
        try {
            byte[] unused = socket.getInputStream().readAllBytes();
        } catch (IOException e) {
            assertThat(e).as("it was closed").isNotNull();
        }
    }

    @Test
    void connectionsThatAreNoneOfHttpAreALineOfAKind() throws Exception {
        connectWithoutATrace(serve());
    }

    @Test
    void connectionsThatAreNoneOfTlsAreALineOfAKind(@TempDir Path files) throws Exception {
        Certificates.Issued own = new Certificates(files, "authority").issue("server");
        wires.with("postevent.grpc.server.certificate-file", own.certificate())
                .with("postevent.grpc.server.key-file", own.key());
        connectWithoutATrace(serve());
    }

    /** What it sends and nobody has read yet: a request is never larger than half of that. */
    @Test
    void aConnectionIsGivenRoomForTwoRequests() throws Exception {
        try (Socket stranger = new Socket("127.0.0.1", serve())) {
            stranger.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            stranger.getOutputStream().write(new byte[] {0, 0, 0, SETTINGS, 0, 0, 0, 0, 0});
            DataInputStream frames = new DataInputStream(stranger.getInputStream());
            int ofStream = 65_535; // RFC 9113, 6.5.2 and 6.9.2
            int ofConnection = 65_535;
            boolean acknowledged = false;
            while (!acknowledged) {
                int length = (frames.readUnsignedByte() << 16) | frames.readUnsignedShort();
                int type = frames.readUnsignedByte();
                int flags = frames.readUnsignedByte();
                int unusedStream = frames.readInt();
                ByteBuffer payload = ByteBuffer.wrap(frames.readNBytes(length));
                if (type == WINDOW_UPDATE) {
                    ofConnection += payload.getInt();
                } else if (type == SETTINGS) {
                    acknowledged = flags == 1;
                    while (payload.hasRemaining()) {
                        short setting = payload.getShort();
                        int value = payload.getInt();
                        ofStream = setting == INITIAL_WINDOW_SIZE ? value : ofStream;
                    }
                }
            }
            assertThat(ofStream).isEqualTo(131_072);
            assertThat(ofConnection).isEqualTo(131_072);
        }
    }
}
