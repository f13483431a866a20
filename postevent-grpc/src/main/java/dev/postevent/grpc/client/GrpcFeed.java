package dev.postevent.grpc.client;

import dev.postevent.PosteventException;
import dev.postevent.grpc.v1.Entries;
import dev.postevent.grpc.v1.Heartbeat;
import dev.postevent.grpc.v1.Origin;
import dev.postevent.grpc.v1.SubscribeRequest;
import dev.postevent.grpc.v1.SubscribeResponse;
import dev.postevent.grpc.v1.TopicServiceGrpc;
import dev.postevent.grpc.v1.Welcome;
import dev.postevent.grpc.wire.Wire;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.internal.threads.Loop;
import dev.postevent.internal.threads.OwnThread;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.RemoteTopic;
import io.grpc.ManagedChannel;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The live flow of a remote topic: one stream, on one thread, connected anew for ever.
 *
 * <p>A connection that is gone without a word (cable, firewall, a stopped process) shows as silence: the source sends a heartbeat at
 * a pace it told first, and after {@value #BEATS_MISSED} that did not come the connection is thrown away and made anew. Each connect
 * is a doubt, and so is a head that the stream did not bring between two heartbeats: then it is read from the event log. So nothing that
 * happens to the stream can lose an event.
 */
final class GrpcFeed implements Feed {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");
    private static final int BEATS_MISSED = 3;
    /** What waits already is merged up to so many entries: each batch is a transaction of the inbox. */
    private static final int WORTH_A_BATCH = 512;

    private static final Duration SILENCE_MIN = Duration.ofSeconds(2);
    private static final Duration HEALTHY_AFTER = Duration.ofSeconds(10);

    private final RemoteTopic remote;
    private final String consumer;
    private final Channels channels;
    private final ClientSettings.Limits limits;
    private final ThreadFactory threads;
    private final Known known;
    private final Supplier<OptionalLong> received;
    private final RandomGenerator random;
    private final Backoff backoff;
    private final CountDownLatch stop = new CountDownLatch(1);

    /** Held for a change of the status alone; the feed's own monitor is held while a stop waits. */
    private final Object showing = new Object();

    private volatile Status status = Status.of(Kind.STREAM, "grpc", Instant.now());
    private volatile @Nullable StreamCall current;
    private @Nullable Loop loop;
    private int failures;
    private long connects;
    private long entriesTaken;
    private long skips;
    private long greatest;
    private long headBefore;
    private @Nullable Origin origin;
    private @Nullable String lastFault;

    /**
     * Makes the feed.
     *
     * @param consumer the name it gives itself at the source
     * @param received how far the topic was received by whatever way; empty if nobody keeps it
     */
    GrpcFeed(
            RemoteTopic remote,
            String consumer,
            Channels channels,
            ClientSettings.Limits limits,
            ThreadFactory threads,
            Known known,
            Supplier<OptionalLong> received,
            RandomGenerator random) {
        this.remote = remote;
        this.consumer = consumer;
        this.channels = channels;
        this.limits = limits;
        this.threads = threads;
        this.known = known;
        this.received = received;
        this.random = random;
        this.backoff = new Backoff(limits.backoffFirst(), 2, limits.backoffMax());
    }

    @Override
    public synchronized void start(Listener to) {
        if (loop != null) {
            throw new IllegalStateException("the feed was started before");
        }
        if (stopping()) {
            return;
        }
        show(State.STARTING, null);
        loop = Loop.begin(threads, "postevent-grpc-feed-" + remote.topic(), () -> run(to));
    }

    @Override
    public synchronized void stop(Duration limit) {
        stop.countDown();
        StreamCall call = current;
        if (call != null) {
            call.cancel();
        }
        Loop begun = loop;
        if (begun != null) {
            begun.end(limit);
        }
        show(State.STOPPED, null);
    }

    @Override
    public Status status() {
        Status now = status;
        String refused = known.markRefused();
        return refused == null || now.state() != State.STREAMING ? now : now.in(now.state(), refused, now.since());
    }

    private boolean stopping() {
        return stop.getCount() == 0;
    }

    /** Changes the state. Out of STOPPED only a start leads: a batch may outlast the limit of {@link #stop}. */
    private void show(State state, @Nullable String detail) {
        synchronized (showing) {
            if (status.state() != State.STOPPED || state == State.STARTING) {
                status = status.in(state, detail, Instant.now())
                        .withFacts(Map.of(
                                "source", remote.toString(),
                                "connects", Long.toString(connects),
                                "entries", Long.toString(entriesTaken),
                                "skips", Long.toString(skips)));
            }
        }
    }

    private void run(Listener to) {
        try {
            while (!stopping() && !OwnThread.isSpent()) {
                long began = System.nanoTime();
                String fault = attempt(to);
                if (stopping()) {
                    return;
                }
                boolean healthy = System.nanoTime() - began >= HEALTHY_AFTER.toNanos();
                failures = healthy ? 1 : failures + 1;
                told(fault);
                show(State.RETRYING, fault);
                if (stop.await(backoff.waitAfter(failures, random).toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            // a server that shuts down without telling us
            show(State.STOPPED, "interrupted");
            Thread.currentThread().interrupt();
        }
    }

    private void told(String fault) {
        LOG.log(
                fault.equals(lastFault) ? Level.DEBUG : Level.WARNING,
                () -> "topic " + remote.topic() + ": the stream from " + remote + " broke and is made anew: " + fault);
        lastFault = fault;
    }

    /** From one connect to the fault that ends it, which is returned. */
    private String attempt(Listener to) throws InterruptedException {
        ManagedChannel channel = null;
        StreamCall call = new StreamCall();
        try {
            channel = channels.get();
            current = call;
            TopicServiceGrpc.newStub(channel)
                    .subscribe(
                            SubscribeRequest.newBuilder()
                                    .setTopic(remote.remoteName().value())
                                    .setConsumer(consumer)
                                    .setMessageBytesMax(limits.messageBytesMax())
                                    .build(),
                            call);
            Duration silence = welcome(call, to);
            while (!stopping()) {
                call.done(take(next(call, silence), call, to));
            }
            return "stopped";
        } catch (SilenceException e) {
            if (channel != null) {
                channels.renew(channel);
            }
            return describe(e);
        } catch (StatusException e) {
            return describe(SourceFailure.of("streaming from", remote.toString(), e.getStatus()));
        } catch (StatusRuntimeException e) {
            return describe(SourceFailure.of("streaming from", remote.toString(), e.getStatus()));
        } catch (RuntimeException | Error e) {
            // the inbox did not take a batch, or the source sent what cannot be: begin anew, and read what was missed
            LOG.log(Level.DEBUG, "the stream is given up", e);
            return describe(e);
        } finally {
            current = null;
            call.cancel();
        }
    }

    private static String describe(Throwable e) {
        return e.getMessage() == null ? e.toString() : e.getMessage();
    }

    private Duration welcome(StreamCall call, Listener to)
            throws InterruptedException, SilenceException, StatusException {
        SubscribeResponse first = next(call, limits.callLimit());
        if (!first.hasWelcome() || first.getWelcome().getHeartbeatMillis() < 1) {
            throw new PosteventException(
                    "PSTEV35021", "the source " + remote + " did not begin the stream with a welcome");
        }
        call.done(1);
        Welcome welcome = first.getWelcome();
        known.heard(welcome.getHead(), welcome.getSettled());
        Origin before = origin;
        origin = welcome.getOrigin();
        headBefore = 0;
        connects++;
        lastFault = null;
        show(State.STREAMING, null);
        LOG.log(Level.INFO, "topic " + remote.topic() + ": streaming from " + remote);
        if (before == null || before.equals(welcome.getOrigin())) {
            to.onDoubt("connected to " + remote);
        } else {
            String changed = "the source " + remote + " is another one than before, or was restored: it was "
                    + describe(before) + ", and now is " + describe(welcome.getOrigin());
            LOG.log(Level.WARNING, "topic " + remote.topic() + ": " + changed);
            to.onDoubt(changed);
        }
        Duration beats = Duration.ofMillis(welcome.getHeartbeatMillis()).multipliedBy(BEATS_MISSED);
        return beats.compareTo(SILENCE_MIN) < 0 ? SILENCE_MIN : beats;
    }

    private static String describe(Origin origin) {
        return "system " + origin.getSystem() + ", timeline " + origin.getTimeline() + ", table " + origin.getTable();
    }

    private SubscribeResponse next(StreamCall call, Duration limit)
            throws InterruptedException, SilenceException, StatusException {
        StreamCall.Item item = call.take(limit);
        if (item == null) {
            throw new SilenceException("nothing came from " + remote + " for " + limit.toMillis()
                    + " ms, not even a heartbeat: the connection is dead");
        }
        io.grpc.Status end = item.end();
        SubscribeResponse message = item.message();
        if (message == null) {
            throw (end == null ? io.grpc.Status.UNKNOWN : end).asException();
        }
        return message;
    }

    /** Returns how many messages were dealt with: entries that wait already go with those before them. */
    private int take(SubscribeResponse message, StreamCall call, Listener to) {
        int messages = 1;
        switch (message.getMessageCase()) {
            case ENTRIES -> {
                List<LogEntry> entries =
                        new ArrayList<>(Wire.decode(message.getEntries().getEntriesList()));
                while (entries.size() < WORTH_A_BATCH) {
                    Entries more = call.takeEntries();
                    if (more == null) {
                        break;
                    }
                    entries.addAll(Wire.decode(more.getEntriesList()));
                    messages++;
                }
                batch(entries, to);
            }
            case SKIPPED -> {
                skips++;
                show(State.STREAMING, null);
                to.onDoubt("the source skipped: " + message.getSkipped().getReason());
            }
            case HEARTBEAT -> beat(message.getHeartbeat(), to);
            case WELCOME, MESSAGE_NOT_SET -> {
                // a second welcome changes nothing, and an unknown message is of a later version
            }
        }
        return messages;
    }

    private void batch(List<LogEntry> entries, Listener to) {
        if (entries.isEmpty()) {
            return;
        }
        to.onBatch(Map.of(remote.topic(), entries));
        for (LogEntry entry : entries) {
            greatest = Math.max(greatest, entry.position());
        }
        entriesTaken += entries.size();
        show(State.STREAMING, null);
    }

    /** What was the head a heartbeat ago has to be here by now, by the stream or by a read. */
    private void beat(Heartbeat heartbeat, Listener to) {
        if (!heartbeat.hasHead()) {
            return;
        }
        known.heard(heartbeat.getHead(), heartbeat.getSettled());
        long here = Math.max(greatest, received.get().orElse(0));
        if (heartbeat.getHead() < headBefore) {
            to.onDoubt("the source went back from " + headBefore + " to " + heartbeat.getHead());
        } else if (headBefore > here) {
            to.onDoubt("the source is at " + headBefore + ", here is " + here);
        }
        headBefore = heartbeat.getHead();
    }

    /** Nothing came for too long. */
    private static final class SilenceException extends Exception {
        private static final long serialVersionUID = 1L;

        SilenceException(String message) {
            super(message);
        }
    }
}
