package dev.postevent.grpc.client;

import dev.postevent.grpc.v1.Entries;
import dev.postevent.grpc.v1.SubscribeRequest;
import dev.postevent.grpc.v1.SubscribeResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A live stream as a queue. gRPC's callbacks put in and return; one thread takes out. At most {@value #AHEAD} messages are asked for
 * ahead, so the queue is bounded, and a slow taker makes the source hold back.
 */
final class StreamCall implements ClientResponseObserver<SubscribeRequest, SubscribeResponse> {
    private static final int AHEAD = 8;

    private final BlockingQueue<Item> items = new LinkedBlockingQueue<>();
    private volatile @Nullable ClientCallStreamObserver<SubscribeRequest> call;

    /** A message, or the end. */
    record Item(
            @Nullable SubscribeResponse message, @Nullable Status end) {}

    @Override
    public void beforeStart(ClientCallStreamObserver<SubscribeRequest> started) {
        call = started;
        started.disableAutoRequestWithInitial(AHEAD);
    }

    @Override
    public void onNext(SubscribeResponse message) {
        items.add(new Item(message, null));
    }

    @Override
    public void onError(Throwable failure) {
        items.add(new Item(null, Status.fromThrowable(failure)));
    }

    @Override
    public void onCompleted() {
        items.add(new Item(null, Status.UNAVAILABLE.withDescription("the source ended the stream")));
    }

    /** The next message or the end; null if neither came within {@code limit}. */
    @Nullable
    Item take(Duration limit) throws InterruptedException {
        return items.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** The next message, if it is here already and has entries; null otherwise. */
    @Nullable
    Entries takeEntries() {
        Item next = items.peek();
        SubscribeResponse message = next == null ? null : next.message();
        if (message == null || !message.hasEntries()) {
            return null;
        }
        items.remove();
        return message.getEntries();
    }

    /** So many messages were dealt with: as many more may come. */
    void done(int messages) {
        ClientCallStreamObserver<SubscribeRequest> started = call;
        if (started != null) {
            started.request(messages);
        }
    }

    void cancel() {
        ClientCallStreamObserver<SubscribeRequest> started = call;
        if (started != null) {
            started.cancel("not wanted any more", null);
        }
    }
}
