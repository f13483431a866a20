package dev.postevent.internal.cdi;

import dev.postevent.Delivery;
import io.cloudevents.CloudEvent;
import org.jspecify.annotations.Nullable;

/** The delivery under way on the calling thread: one object for all injection points, asked when it is used. */
final class CurrentDelivery implements Delivery {
    private static final ThreadLocal<@Nullable Current> CURRENT = new ThreadLocal<>();

    /** What is under way. */
    private sealed interface Current {}

    /** Several events at once, of which nothing is one event's. */
    private record Several(String subscription) implements Current {
        @Override
        public String toString() {
            return "several events at once, subscription " + subscription;
        }
    }

    /** Which one of an event, and whether it is parked where this one fails. */
    record Attempt(int number, boolean last) {}

    record Facts(
            CloudEvent event, String topic, long position, String subscription, Attempt attempt, boolean redelivered)
            implements Current {
        @Override
        public String toString() {
            return "topic " + topic + ", position " + position + ", subscription " + subscription + ", attempt "
                    + attempt.number() + (redelivered ? ", redelivered" : "") + (attempt.last() ? ", the last" : "");
        }
    }

    void enter(Facts facts) {
        CURRENT.set(facts);
    }

    /** Of an observer that takes lists. */
    void enterList(String subscription) {
        CURRENT.set(new Several(subscription));
    }

    void leave() {
        CURRENT.remove();
    }

    /** True on a thread that calls an observer. */
    static boolean isUnderWay() {
        return CURRENT.get() != null;
    }

    private Facts facts() {
        Current current = CURRENT.get();
        if (current instanceof Facts facts) {
            return facts;
        }
        throw new IllegalStateException(
                current == null
                        ? "Delivery is there only while an @Topic observer runs, on the thread it was called on"
                        : "Delivery is of one event, and subscription " + ((Several) current).subscription()
                                + " is handed several at once");
    }

    @Override
    public CloudEvent event() {
        return facts().event();
    }

    @Override
    public String topic() {
        return facts().topic();
    }

    @Override
    public long position() {
        return facts().position();
    }

    @Override
    public String subscription() {
        return facts().subscription();
    }

    @Override
    public int attempt() {
        return facts().attempt().number();
    }

    @Override
    public boolean redelivered() {
        return facts().redelivered();
    }

    @Override
    public boolean lastAttempt() {
        return facts().attempt().last();
    }

    @Override
    public String toString() {
        Current current = CURRENT.get();
        return current == null ? "no delivery under way" : current.toString();
    }
}
