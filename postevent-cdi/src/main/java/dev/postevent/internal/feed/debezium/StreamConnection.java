package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.SnapshotStore;
import dev.postevent.internal.feed.debezium.StreamSockets.StreamSocket;
import io.debezium.connector.postgresql.connection.Lsn;
import io.debezium.connector.postgresql.connection.ReplicationConnection;
import io.debezium.connector.postgresql.connection.ReplicationStream;
import io.debezium.connector.postgresql.connection.WalPositionLocator;
import io.debezium.connector.postgresql.spi.SlotCreationResult;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/**
 * Debezium's replication connection, with streams that wait for the server: Debezium sleeps between two reads, and how long decides
 * both what an idle application costs and how late an event is.
 */
@SuppressWarnings("try") // close of Debezium's interfaces throws whatever it likes
final class StreamConnection implements ReplicationConnection {
    /** How long a stream waits before it looks whether it shall end. */
    static final Duration PATIENCE = Duration.ofMillis(250);

    private final ReplicationConnection connection;
    private final StreamQueue streamQueue;
    private final SnapshotStore snapshots;
    private final String name;

    /**
     * Wraps a connection.
     *
     * @param snapshots asked while the engine takes a batch, since the batch will be handed on only after that
     * @param name of its sockets, see {@link StreamSockets}
     */
    StreamConnection(ReplicationConnection connection, StreamQueue streamQueue, SnapshotStore snapshots, String name) {
        this.connection = connection;
        this.streamQueue = streamQueue;
        this.snapshots = snapshots;
        this.name = name;
    }

    @Override
    public ReplicationStream startStreaming(WalPositionLocator walPosition) throws SQLException, InterruptedException {
        return waiting(connection.startStreaming(walPosition));
    }

    @Override
    public ReplicationStream startStreaming(Lsn offset, WalPositionLocator walPosition)
            throws SQLException, InterruptedException {
        return waiting(connection.startStreaming(offset, walPosition));
    }

    private ReplicationStream waiting(ReplicationStream stream) {
        StreamSocket socket = StreamSockets.take(name);
        if (socket == null) {
            throw new IllegalStateException("the stream " + name + " has no socket of ours");
        }
        return new WaitingStream(stream, socket);
    }

    @Override
    public Optional<SlotCreationResult> createReplicationSlot() throws SQLException {
        return connection.createReplicationSlot();
    }

    @Override
    public void initConnection() throws SQLException, InterruptedException {
        connection.initConnection();
    }

    @Override
    public boolean isConnected() throws SQLException {
        return connection.isConnected();
    }

    @Override
    public void reconnect() throws SQLException {
        connection.reconnect();
    }

    @Override
    public void close() throws Exception {
        StreamSockets.take(name); // of a connection that never came to stream
        connection.close();
    }

    private final class WaitingStream implements ReplicationStream {
        private final ReplicationStream stream;
        private final StreamSocket socket;
        private int rows;

        WaitingStream(ReplicationStream stream, StreamSocket socket) {
            this.stream = stream;
            this.socket = socket;
        }

        @Override
        public boolean readPending(ReplicationMessageProcessor processor) throws SQLException, InterruptedException {
            if (!streamQueue.awaitRoom(PATIENCE)) {
                return false;
            }
            // what comes may be for the driver alone, and Debezium sleeps after some reads for nothing
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            long bytesBefore;
            do {
                bytesBefore = socket.bytesRead();
                if (readOne(processor)) {
                    return true;
                }
                if (streamQueue.pause()) {
                    snapshots.takeAhead();
                }
            } while (awaitInput(bytesBefore, deadline - System.nanoTime()));
            return false;
        }

        private boolean readOne(ReplicationMessageProcessor processor) throws SQLException, InterruptedException {
            rows = 0;
            boolean read = stream.readPending(counting(processor));
            if (read) {
                streamQueue.read(rows, socket.bytesRead());
            }
            return read;
        }

        private ReplicationMessageProcessor counting(ReplicationMessageProcessor processor) {
            return message -> {
                processor.process(message);
                rows += message.isTransactionalMessage() ? 0 : 1;
            };
        }

        private boolean awaitInput(long bytesBefore, long nanos) throws SQLException {
            try {
                return nanos > 0 && socket.awaitInput(bytesBefore, Duration.ofNanos(nanos));
            } catch (IOException e) {
                throw new SQLException("the stream broke while it waited for the server", "08006", e);
            }
        }

        @Override
        public void read(ReplicationMessageProcessor processor) throws SQLException, InterruptedException {
            rows = 0;
            stream.read(counting(processor));
            streamQueue.read(rows, socket.bytesRead());
        }

        @Override
        public void flushLsn(Lsn lsn) throws SQLException {
            stream.flushLsn(lsn);
        }

        @Override
        public Lsn lastReceivedLsn() {
            return stream.lastReceivedLsn();
        }

        @Override
        public Lsn startLsn() {
            return stream.startLsn();
        }

        @Override
        public void startKeepAlive(ExecutorService service) {
            stream.startKeepAlive(service);
        }

        @Override
        public void stopKeepAlive() {
            stream.stopKeepAlive();
        }

        @Override
        public void close() throws Exception {
            stream.close();
        }
    }
}
