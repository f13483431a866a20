package dev.postevent.grpc;

import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** How calls end; what they bring is of no interest. */
final class Ends<T> implements StreamObserver<T> {
    private final Queue<Status.Code> ends = new ConcurrentLinkedQueue<>();

    /** So far. */
    List<Status.Code> soFar() {
        return List.copyOf(ends);
    }

    @Override
    public void onNext(T answer) {
        // see above
    }

    @Override
    public void onError(Throwable failure) {
        ends.add(Status.fromThrowable(failure).getCode());
    }

    @Override
    public void onCompleted() {
        ends.add(Status.Code.OK);
    }
}
