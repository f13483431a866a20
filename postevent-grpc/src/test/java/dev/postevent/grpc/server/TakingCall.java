package dev.postevent.grpc.server;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.List;

/** A client that takes all. */
final class TakingCall<T> extends ServerCallStreamObserver<T> {
    final List<T> taken = new ArrayList<>();
    final List<Status.Code> ends = new ArrayList<>();

    @Override
    public boolean isCancelled() {
        return false;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {
        // nobody cancels
    }

    @Override
    public void setCompression(String compression) {
        // nothing is compressed
    }

    @Override
    public boolean isReady() {
        return true;
    }

    @Override
    public void setOnReadyHandler(Runnable handler) {
        // always is
    }

    @Override
    public void request(int count) {
        // the request is there
    }

    @Override
    public void setMessageCompression(boolean enable) {
        // nothing is compressed
    }

    @Override
    public void disableAutoInboundFlowControl() {
        // the request is there
    }

    @Override
    public void onNext(T message) {
        taken.add(message);
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
