package dev.postevent.grpc.client;

import dev.postevent.PosteventException;
import dev.postevent.grpc.v1.HeadRequest;
import dev.postevent.grpc.v1.HeadResponse;
import dev.postevent.grpc.v1.ReadRequest;
import dev.postevent.grpc.v1.ReadResponse;
import dev.postevent.grpc.v1.Summary;
import dev.postevent.grpc.wire.Wire;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.Origin;
import dev.postevent.spi.Range;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.spi.TopicName;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A remote topic as an event log. Each question has a deadline; what the source answers is checked before it is believed. */
final class GrpcEventLog implements EventLog {
    private final RemoteTopic remote;
    private final Channels channels;
    private final ClientSettings.Limits limits;
    private final Known known;
    private volatile @Nullable HeadResponse sourceLimits;

    GrpcEventLog(RemoteTopic remote, Channels channels, ClientSettings.Limits limits, Known known) {
        this.remote = remote;
        this.channels = channels;
        this.limits = limits;
        this.known = known;
    }

    @Override
    public Origin origin(TopicName topic) {
        dev.postevent.grpc.v1.Origin origin = ask(topic, false).getOrigin();
        return Origin.of(origin.getSystem(), origin.getTimeline(), origin.getTable());
    }

    @Override
    public long head(TopicName topic) {
        return ask(topic, false).getHead();
    }

    @Override
    public long settled(TopicName topic) {
        return ask(topic, false).getSettled();
    }

    /** A source of a former build does not settle, and tells what it knows. */
    @Override
    public long settle(TopicName topic, long after) {
        return Math.max(after, ask(topic, true).getSettled());
    }

    private HeadResponse ask(TopicName topic, boolean settles) {
        check(topic);
        HeadResponse answer = call(
                "asking for the head of",
                channel -> Connection.blocking(channel, limits)
                        .head(HeadRequest.newBuilder()
                                .setTopic(remote.remoteName().value())
                                .setSettle(settles)
                                .build()));
        believe(answer.getHead() >= 0 && answer.getRowsLimit() > 0 && answer.getBytesLimit() > 0, "head or limits");
        sourceLimits = answer;
        known.heard(answer.getHead(), answer.getSettled());
        return answer;
    }

    @Override
    public Range read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
        check(topic);
        if (after < 0 || rowsMax < 1 || bytesMax < 1) {
            throw new IllegalArgumentException("after must be at least 0, rowsMax and bytesMax at least 1; got " + after
                    + ", " + rowsMax + ", " + bytesMax);
        }
        HeadResponse source = sourceLimits;
        if (source == null) {
            source = ask(topic, false);
        }
        int rows = Math.min(rowsMax, source.getRowsLimit());
        long bytes = Math.min(bytesMax, source.getBytesLimit());
        if (through < after) {
            return Range.of(List.of(), after);
        }
        ReadRequest.Builder request = ReadRequest.newBuilder()
                .setTopic(remote.remoteName().value())
                .setAfter(after)
                .setRowsMax(rows)
                .setBytesMax(bytes)
                .setMessageBytesMax(limits.messageBytesMax());
        if (through != Long.MAX_VALUE) {
            request.setThrough(through);
        }
        try {
            return call(
                    "reading after position " + after + " from",
                    channel -> collect(channel, request.build(), after, through, rows, bytes));
        } catch (PosteventException e) {
            // the source may have other limits since it was restarted
            sourceLimits = null;
            throw e;
        }
    }

    private Range collect(ManagedChannel channel, ReadRequest request, long after, long through, int rows, long bytes) {
        List<LogEntry> entries = new ArrayList<>();
        Summary summary = null;
        // leaving early, by an exception, ends the call at the source, too
        Context.CancellableContext context = Context.current().withCancellation();
        Context before = context.attach();
        try {
            Iterator<ReadResponse> messages =
                    Connection.blocking(channel, limits).read(request);
            long last = after;
            long taken = 0;
            while (messages.hasNext()) {
                ReadResponse message = messages.next();
                believe(summary == null, "a message after the summary");
                if (message.hasSummary()) {
                    summary = message.getSummary();
                }
                for (LogEntry entry : Wire.decode(message.getEntries().getEntriesList())) {
                    believe(entry.position() > last && entry.position() <= through, "positions out of range or order");
                    believe(entries.size() < rows && taken < bytes, "more than was asked for");
                    last = entry.position();
                    byte[] data = entry.data();
                    taken += data == null ? 0 : data.length;
                    entries.add(entry);
                }
            }
        } finally {
            context.detach(before);
            context.close();
        }
        if (summary == null) {
            throw unbelievable("no summary");
        }
        believe(
                summary.getSettledThrough() >= after && summary.getGoneThrough() >= 0,
                "a summary below what was asked for");
        return Range.of(entries, summary.getSettledThrough())
                .withBlocker(summary.hasBlocker() ? summary.getBlocker() : null)
                .withGoneThrough(summary.getGoneThrough())
                .withMore(summary.getMore());
    }

    private <T> T call(String what, Function<ManagedChannel, T> question) {
        try {
            return question.apply(channels.get());
        } catch (StatusRuntimeException e) {
            throw SourceFailure.of(what, remote.toString(), e.getStatus());
        }
    }

    private void check(TopicName topic) {
        if (!topic.equals(remote.topic())) {
            throw new IllegalArgumentException("this is the event log of " + remote.topic() + ", not of " + topic);
        }
    }

    private void believe(boolean right, String otherwise) {
        if (!right) {
            throw unbelievable(otherwise);
        }
    }

    private PosteventException unbelievable(String what) {
        return new PosteventException(
                "PSTEV35021",
                "the source " + remote + " answered what the protocol does not allow: " + what
                        + ". Nothing of the answer is used");
    }
}
