package dev.postevent.grpc.server;

import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.HeadResponse;
import dev.postevent.grpc.v1.Origin;
import dev.postevent.grpc.v1.ReadRequest;
import dev.postevent.grpc.v1.ReadResponse;
import dev.postevent.grpc.v1.ReportMarkRequest;
import dev.postevent.grpc.v1.ReportMarkResponse;
import dev.postevent.grpc.v1.SubscribeRequest;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.grpc.v1.Welcome;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The calls of {@code postevent.v1.TopicService}; each has its place already. In each: the request is checked, then the permission; only
 * then anything is asked of the database, on a thread of {@code reads}.
 */
final class TopicCalls extends TopicServiceGrpc.TopicServiceImplBase {
    private static final Pattern CONSUMER = Pattern.compile("[A-Za-z0-9_.-]{1,100}");

    private final EventLog log;
    private final Transport.Marks marks;
    private final LiveHub hub;
    private final Permissions permissions;
    private final ServerSettings.Limits limits;
    private final Executor reads;
    private final Executor sends;
    private final ScheduledExecutorService timer;

    TopicCalls(
            EventLog log,
            Transport.Marks marks,
            LiveHub hub,
            Permissions permissions,
            ServerSettings.Limits limits,
            Executor reads,
            Executor sends,
            ScheduledExecutorService timer) {
        this.log = log;
        this.marks = marks;
        this.hub = hub;
        this.permissions = permissions;
        this.limits = limits;
        this.reads = reads;
        this.sends = sends;
        this.timer = timer;
    }

    @Override
    public void subscribe(SubscribeRequest request, StreamObserver<SubscribeResponse> observer) {
        Identity identity = Identity.OF_CALL.get();
        TopicName topic;
        try {
            topic = topic(request.getTopic());
            check(
                    CONSUMER.matcher(request.getConsumer()).matches(),
                    "consumer has 1 to 100 of A-Z, a-z, 0-9, '_', '.', '-'");
            boolean history = request.hasAfter();
            check(!history || request.getAfter() >= 0, "after is at least 0");
            check(!history || permissions.mayRead(identity, topic), Refusals.FORBIDDEN);
            check(permissions.maySubscribe(identity, topic), Refusals.FORBIDDEN);
        } catch (StatusRuntimeException e) {
            observer.onError(e);
            return;
        }
        Expiry expiry = new Expiry();
        LiveStream stream = new LiveStream(
                topic,
                consumer(identity, request.getConsumer()),
                limits.streamBufferBytesMax(),
                (ServerCallStreamObserver<SubscribeResponse>) observer,
                sends,
                ended -> {
                    hub.remove(ended);
                    expiry.cancel();
                });
        stream.open();
        Instant expires = identity.expires();
        if (expires != null) {
            expiry.begin(timer, expires, stream);
        }
        // from here on nothing is missed; the welcome, and with it all else, is sent when the source was asked
        hub.add(stream);
        if (stream.isOver()) {
            hub.remove(stream);
            return;
        }
        execute(stream, () -> {
            Welcome welcome = Welcome.newBuilder()
                    .setOrigin(origin(topic))
                    .setHead(log.head(topic))
                    .setSettled(log.settled(topic))
                    .setHeartbeatMillis(limits.heartbeat().toMillis())
                    .build();
            stream.begin(
                    welcome, request.hasAfter() ? new Replay(topic, request.getAfter(), log, reads, stream) : null);
        });
    }

    @Override
    public void read(ReadRequest request, StreamObserver<ReadResponse> observer) {
        Identity identity = Identity.OF_CALL.get();
        TopicName topic;
        try {
            topic = topic(request.getTopic());
            check(request.getAfter() >= 0, "after is at least 0");
            check(
                    !request.hasThrough() || request.getThrough() >= request.getAfter(),
                    "through is at least as great as after");
            check(
                    request.getRowsMax() >= 1 && request.getRowsMax() <= limits.rowsMax(),
                    "rows_max is 1 to " + limits.rowsMax() + " here");
            check(
                    request.getBytesMax() >= 1 && request.getBytesMax() <= limits.bytesMax(),
                    "bytes_max is 1 to " + limits.bytesMax() + " here");
            check(permissions.mayRead(identity, topic), Refusals.FORBIDDEN);
        } catch (StatusRuntimeException e) {
            observer.onError(e);
            return;
        }
        Expiry expiry = new Expiry();
        RangeReply reply = new RangeReply(
                topic, request, log, (ServerCallStreamObserver<ReadResponse>) observer, reads, sends, expiry::cancel);
        reply.open();
        expiry.begin(timer, limits.callLimit(), reply);
        reply.wake();
    }

    @Override
    public void head(HeadRequest request, StreamObserver<HeadResponse> observer) {
        Identity identity = Identity.OF_CALL.get();
        TopicName topic;
        try {
            topic = topic(request.getTopic());
            check(
                    permissions.mayRead(identity, topic) || permissions.maySubscribe(identity, topic),
                    Refusals.FORBIDDEN);
        } catch (StatusRuntimeException e) {
            observer.onError(e);
            return;
        }
        answer(
                observer,
                () -> HeadResponse.newBuilder()
                        .setOrigin(origin(topic))
                        .setHead(log.head(topic))
                        .setSettled(log.settled(topic))
                        .setRowsLimit(limits.rowsMax())
                        .setBytesLimit(limits.bytesMax())
                        .build());
    }

    @Override
    public void reportMark(ReportMarkRequest request, StreamObserver<ReportMarkResponse> observer) {
        Identity identity = Identity.OF_CALL.get();
        TopicName topic;
        try {
            topic = topic(request.getTopic());
            check(
                    CONSUMER.matcher(request.getConsumer()).matches(),
                    "consumer has 1 to 100 of A-Z, a-z, 0-9, '_', '.', '-'");
            check(request.getMark() >= 0, "mark is at least 0");
            check(permissions.maySubscribe(identity, topic), Refusals.FORBIDDEN);
        } catch (StatusRuntimeException e) {
            observer.onError(e);
            return;
        }
        answer(observer, () -> {
            report(identity, topic, request);
            return ReportMarkResponse.getDefaultInstance();
        });
    }

    private void report(Identity identity, TopicName topic, ReportMarkRequest request) {
        // after retention the head of an empty table is 0, and what was removed is settled
        check(request.getMark() <= log.head(topic) || request.getMark() <= log.settled(topic), Refusals.ABOVE_THE_HEAD);
        check(
                marks.report(
                        identity.principal(),
                        request.getConsumer(),
                        topic,
                        request.getMark(),
                        limits.consumersPerPrincipalMax()),
                Refusals.TOO_MANY_CONSUMERS);
    }

    private static String consumer(Identity identity, String name) {
        return identity.principal() + "/" + name;
    }

    private Origin origin(TopicName topic) {
        dev.postevent.spi.Origin origin = log.origin(topic);
        return Origin.newBuilder()
                .setSystem(origin.system())
                .setTimeline(origin.timeline())
                .setTable(origin.table())
                .build();
    }

    private static TopicName topic(String name) {
        check(TopicName.isValid(name), "topic has 1 to 48 of a-z, 0-9, '_', beginning with a letter");
        return new TopicName(name);
    }

    private static void check(boolean right, String otherwise) {
        if (!right) {
            throw Refusals.invalid(otherwise).asRuntimeException();
        }
    }

    private static void check(boolean right, Status otherwise) {
        if (!right) {
            throw otherwise.asRuntimeException();
        }
    }

    /** Asks the database for a stream; a failure ends it. */
    private void execute(Outflow<?> flow, Runnable question) {
        try {
            reads.execute(() -> {
                try {
                    question.run();
                } catch (RuntimeException e) {
                    flow.end(Refusals.of(e));
                }
            });
        } catch (RejectedExecutionException e) {
            flow.end(Refusals.BUSY);
        }
    }

    /** Asks the database for one answer. */
    private <T> void answer(StreamObserver<T> observer, Supplier<T> question) {
        Callers.Place place = Callers.Place.OF_CALL.get();
        place.hold();
        OneAnswer<T> answer = new OneAnswer<>((ServerCallStreamObserver<T>) observer);
        answer.limit(timer, limits.callLimit());
        try {
            reads.execute(() -> {
                try {
                    if (!answer.isOver()) {
                        answer.is(question.get());
                    }
                } catch (StatusRuntimeException e) {
                    answer.fails(e.getStatus());
                } catch (RuntimeException e) {
                    answer.fails(Refusals.of(e));
                } finally {
                    // not before: the thread and the connection are the caller's until then
                    place.leave();
                }
            });
        } catch (RejectedExecutionException e) {
            place.leave();
            answer.fails(Refusals.BUSY);
        }
    }

    /** Ends a call at a time. */
    private static final class Expiry {
        private volatile boolean cancelled;
        private volatile @Nullable Future<?> due;

        void begin(ScheduledExecutorService timer, Instant at, Outflow<?> flow) {
            schedule(
                    timer,
                    Duration.between(Instant.now(), at),
                    flow,
                    Status.UNAUTHENTICATED.withDescription("the token or the certificate has expired"));
        }

        void begin(ScheduledExecutorService timer, Duration after, Outflow<?> flow) {
            schedule(
                    timer,
                    after,
                    flow,
                    Status.DEADLINE_EXCEEDED.withDescription("not all was taken within " + after.toMillis() + " ms"));
        }

        private void schedule(ScheduledExecutorService timer, Duration after, Outflow<?> flow, Status status) {
            try {
                due = timer.schedule(() -> flow.end(status), Math.max(0, after.toMillis()), TimeUnit.MILLISECONDS);
            } catch (RejectedExecutionException e) {
                flow.end(Status.UNAVAILABLE.withDescription("the source is being stopped"));
            }
            if (cancelled) {
                cancel();
            }
        }

        void cancel() {
            cancelled = true;
            Future<?> timed = due;
            if (timed != null) {
                timed.cancel(false);
            }
        }
    }
}
