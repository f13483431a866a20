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
import dev.postevent.grpc.wire.Wire;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The calls of {@code postevent.v1.TopicService}; each has its place already. In each: the request is checked, then the permission; only
 * then anything is asked of the database, on a thread of {@code reads}.
 */
final class TopicCalls extends TopicServiceGrpc.TopicServiceImplBase {
    private static final Pattern CONSUMER = Pattern.compile("[A-Za-z0-9_.-]{1,100}");

    private final EventLog log;
    private final Transport.Marks marks;
    private final LiveHub hub;
    private final HeldPositions held;
    private final Permissions permissions;
    private final ServerSettings.Limits limits;
    private final Workers workers;

    TopicCalls(
            EventLog log,
            Transport.Marks marks,
            LiveHub hub,
            HeldPositions held,
            Permissions permissions,
            ServerSettings.Limits limits,
            Workers workers) {
        this.log = log;
        this.marks = marks;
        this.hub = hub;
        this.held = held;
        this.permissions = permissions;
        this.limits = limits;
        this.workers = workers;
    }

    @Override
    public void subscribe(SubscribeRequest request, StreamObserver<SubscribeResponse> observer) {
        Identity identity = Identity.OF_CALL.get();
        Admission admission = Admission.OF_CALL.get();
        boolean history = request.hasAfter();
        TopicName topic;
        try {
            topic = topic(request.getTopic());
            check(
                    CONSUMER.matcher(request.getConsumer()).matches(),
                    "consumer has 1 to 100 of A-Z, a-z, 0-9, '_', '.', '-'");
            check(!history || request.getAfter() >= 0, "after is at least 0");
            checkMessages(request.getMessageBytesMax());
            checkMayHave(identity, topic, history);
        } catch (StatusRuntimeException e) {
            observer.onError(e);
            return;
        }
        Expiry expiry = new Expiry(workers);
        LiveStream stream = new LiveStream(
                topic,
                consumer(identity, request.getConsumer()),
                limits.streamBufferBytesMax(),
                MessageLimit.of(request.getMessageBytesMax()),
                (ServerCallStreamObserver<SubscribeResponse>) observer,
                workers.sends(),
                asked -> {
                    Identity now = admission.again();
                    checkMayHave(now, topic, history);
                    expiry.begin(now.expires(), asked);
                },
                ended -> {
                    hub.remove(ended);
                    expiry.cancel();
                });
        stream.open();
        expiry.begin(identity.expires(), stream);
        // from here on nothing is missed; the welcome, and with it all else, is sent when the source was asked
        hub.add(stream);
        if (stream.isOver()) {
            hub.remove(stream);
            return;
        }
        Executor reads = workers.reads().of(identity.principal());
        stream.ask(reads, () -> {
            // what changed since the headers came, before the hub had the stream, has been looked at without it
            stream.checkAdmission();
            Welcome welcome = Welcome.newBuilder()
                    .setOrigin(origin(topic))
                    .setHead(log.head(topic))
                    .setSettled(log.settled(topic))
                    .setHeartbeatMillis(limits.heartbeat().toMillis())
                    .build();
            stream.begin(welcome, history ? new Replay(topic, request.getAfter(), log, reads, stream) : null);
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
                    request.getRowsMax() >= 1
                            && request.getRowsMax() <= limits.read().rowsMax(),
                    "rows_max is 1 to " + limits.read().rowsMax() + " here");
            check(
                    request.getBytesMax() >= 1
                            && request.getBytesMax() <= limits.read().bytesMax(),
                    "bytes_max is 1 to " + limits.read().bytesMax() + " here");
            checkMessages(request.getMessageBytesMax());
            check(permissions.mayRead(identity, topic), Refusals.FORBIDDEN);
        } catch (StatusRuntimeException e) {
            observer.onError(e);
            return;
        }
        Expiry expiry = new Expiry(workers);
        RangeReply reply = new RangeReply(
                topic,
                request,
                log,
                held,
                (ServerCallStreamObserver<ReadResponse>) observer,
                workers.sends(),
                workers.reads().of(identity.principal()),
                expiry::cancel);
        reply.open();
        expiry.begin(limits.callLimit(), reply);
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
                identity,
                observer,
                () -> HeadResponse.newBuilder()
                        .setOrigin(origin(topic))
                        .setHead(log.head(topic))
                        .setSettled(settled(topic, request.getSettle()))
                        .setRowsLimit(limits.read().rowsMax())
                        .setBytesLimit(limits.read().bytesMax())
                        .build());
    }

    /** From where it is known to be settled here, whatever a caller may know. */
    private long settled(TopicName topic, boolean settles) {
        long known = log.settled(topic);
        return settles ? log.settle(topic, known) : known;
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
        answer(identity, observer, () -> {
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
                        limits.perPrincipal().consumersMax()),
                Refusals.TOO_MANY_CONSUMERS);
    }

    /** What a live stream needs, when it begins and as long as it lasts. */
    private void checkMayHave(Identity identity, TopicName topic, boolean history) {
        check(!history || permissions.mayRead(identity, topic), Refusals.FORBIDDEN);
        check(permissions.maySubscribe(identity, topic), Refusals.FORBIDDEN);
    }

    private static void checkMessages(int bytesMax) {
        check(
                MessageLimit.isValid(bytesMax),
                "message_bytes_max is at least " + Wire.MESSAGE_BYTES_LEAST + ", or not set");
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

    /** Asks the database for one answer. */
    private <T> void answer(Identity identity, StreamObserver<T> observer, Supplier<T> question) {
        Callers.Place place = Callers.Place.OF_CALL.get();
        place.hold();
        OneAnswer<T> answer = new OneAnswer<>((ServerCallStreamObserver<T>) observer);
        answer.limit(workers.timer(), limits.callLimit());
        try {
            workers.reads().of(identity.principal()).execute(() -> {
                try {
                    if (!answer.isOver()) {
                        answer.is(question.get());
                    }
                } catch (StatusRuntimeException e) {
                    answer.fails(e.getStatus());
                } catch (RuntimeException | Error e) {
                    answer.fails(Refusals.of(e));
                } finally {
                    // not before: the thread and the connection are the caller's until then
                    place.leave();
                }
            });
        } catch (RejectedExecutionException e) {
            place.leave();
            answer.fails(Refusals.BUSY);
        } catch (RuntimeException | Error e) {
            place.leave();
            answer.fails(Refusals.of(e));
        }
    }
}
