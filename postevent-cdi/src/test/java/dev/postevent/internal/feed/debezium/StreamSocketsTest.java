package dev.postevent.internal.feed.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.internal.feed.debezium.StreamSockets.StreamSocket;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A socket one can wait on, as the driver and the stream use it. */
class StreamSocketsTest {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Duration SHORT = Duration.ofMillis(20);
    private static final String STREAM = "s1";

    private final ServerSocket listener = listener();
    private final StreamSockets sockets = new StreamSockets(STREAM);
    private final StreamSocket socket = (StreamSocket) sockets.createSocket();
    private Socket server;
    private InputStream input;

    private static ServerSocket listener() {
        try {
            return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @BeforeEach
    void connect() throws IOException {
        socket.connect(listener.getLocalSocketAddress());
        server = listener.accept();
        input = socket.getInputStream();
    }

    @AfterEach
    void close() throws IOException {
        socket.close();
        server.close();
        listener.close();
        StreamSockets.take(STREAM);
    }

    private void send(int... bytes) throws IOException {
        for (int one : bytes) {
            server.getOutputStream().write(one);
        }
    }

    private CompletableFuture<Boolean> waiting() {
        long bytesRead = socket.bytesRead();
        return CompletableFuture.supplyAsync(() -> {
            try {
                return socket.awaitInput(bytesRead, LONG);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void theLatestSocketOfAStreamIsTakenOnce() {
        Socket second = sockets.createSocket();
        assertThat(StreamSockets.take("s2")).isNull();
        assertThat(StreamSockets.take(STREAM)).isSameAs(second);
        assertThat(StreamSockets.take(STREAM)).isNull();
    }

    @Test
    void socketsThatWereClosedAreForgotten() throws IOException {
        Socket failed = new StreamSockets("s2").createSocket();
        failed.close();
        sockets.createSocket();
        assertThat(StreamSockets.take("s2")).isNull();
    }

    @Test
    void waitingEndsWithoutAByteAtTheLimit() throws IOException {
        assertThat(socket.awaitInput(0, SHORT)).isFalse();
        assertThat(socket.bytesRead()).isZero();
    }

    @Test
    void waitingEndsWhenBytesComeAndTakesNoneOfThem() throws Exception {
        CompletableFuture<Boolean> waiting = waiting();
        TimeUnit.MILLISECONDS.sleep(20); // so that it waits by now
        assertThat(waiting).isNotDone();
        send(7);
        assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
        send(8, 255);
        assertThat(socket.bytesRead()).isZero();
        assertThat(input.read()).isEqualTo(7);
        assertThat(input.readNBytes(2)).containsExactly(8, 255);
        assertThat(socket.bytesRead()).isEqualTo(3);
        assertThat(socket.awaitInput(3, SHORT)).isFalse();
    }

    @Test
    void waitingEndsAtOnceIfSomebodyHasReadMeanwhile() throws IOException {
        send(7);
        assertThat(input.read()).isEqualTo(7);
        assertThat(socket.awaitInput(0, LONG)).isTrue();
        assertThat(socket.awaitInput(1, SHORT)).isFalse();
    }

    @Test
    void whatIsThereAlreadyIsAvailableBeforeAndAfterWaiting() throws IOException {
        send(1, 2, 3);
        assertThat(socket.awaitInput(0, LONG)).isTrue();
        assertThat(socket.awaitInput(0, LONG)).isTrue();
        assertThat(input.available()).isEqualTo(3);
        assertThat(input.readNBytes(3)).containsExactly(1, 2, 3);
    }

    @Test
    void theEndOfTheServerEndsWaitingAndIsReadAsTheEnd() throws Exception {
        CompletableFuture<Boolean> waiting = waiting();
        server.close();
        assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(input.read()).isEqualTo(-1);
        assertThatThrownBy(() -> socket.awaitInput(0, LONG))
                .as("not again and again")
                .isInstanceOf(EOFException.class);
    }

    @Test
    void theLimitOfReadsIsTheDriversWhateverOneWaitedFor() throws Exception {
        socket.setSoTimeout(30_000);
        assertThat(socket.awaitInput(0, SHORT)).isFalse();
        assertThat(socket.getSoTimeout()).isEqualTo(30_000);
        CompletableFuture<Integer> read = CompletableFuture.supplyAsync(() -> {
            try {
                return input.read();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        TimeUnit.MILLISECONDS.sleep(100); // more than it was waited for
        assertThat(read).isNotDone();
        send(9);
        assertThat(read.get(30, TimeUnit.SECONDS)).isEqualTo(9);
    }

    @Test
    void theDriversQuestionWhetherThereIsSomethingIsAnsweredAtOnce() throws IOException {
        socket.setSoTimeout(1);
        assertThatThrownBy(input::read).isInstanceOf(SocketTimeoutException.class);
        send(5);
        socket.setSoTimeout(0);
        assertThat(input.read()).isEqualTo(5);
    }

    @Test
    void aClosedSocketSaysSo() throws IOException {
        socket.close();
        assertThatThrownBy(() -> socket.setSoTimeout(5)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> socket.awaitInput(0, SHORT)).isInstanceOf(IOException.class);
    }

    @Test
    void socketsAreMadeFirstAndConnectedThen() {
        InetAddress host = InetAddress.getLoopbackAddress();
        assertThatThrownBy(() -> sockets.createSocket("localhost", 1))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> sockets.createSocket(host, 1)).isInstanceOf(UnsupportedOperationException.class);
    }
}
