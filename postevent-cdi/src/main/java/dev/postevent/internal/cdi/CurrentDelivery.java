package dev.postevent.internal.cdi;

import dev.postevent.Delivery;
import io.cloudevents.CloudEvent;
import org.jspecify.annotations.Nullable;

/** The delivery under way on the calling thread: one object for all injection points, asked when it is used. */
final class CurrentDelivery implements Delivery {
    private static final ThreadLocal<@Nullable Facts> CURRENT = new ThreadLocal<>();

    record Facts(
            CloudEvent event,
            String topic,
            long position,
            String subscription,
            int attempt,
            boolean redelivered,
            boolean lastAttempt) {
        @Override
        public String toString() {
            return "topic " + topic + ", position " + position + ", subscription " + subscription + ", attempt "
                    + attempt + (redelivered ? ", redelivered" : "") + (lastAttempt ? ", the last" : "");
        }
    }

    void enter(Facts facts) {
        CURRENT.set(facts);
    }

    void leave() {
        CURRENT.remove();
    }

    /** True on a thread that calls an observer. */
    static boolean isUnderWay() {
        return CURRENT.get() != null;
    }

    private Facts facts() {
        Facts facts = CURRENT.get();
        if (facts == null) {
            throw new IllegalStateException(
                    "Delivery is there only while an @Topic observer runs, on the thread it was called on");
        }
        return facts;
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
        return facts().attempt();
    }

    @Override
    public boolean redelivered() {
        return facts().redelivered();
    }

    @Override
    public boolean lastAttempt() {
        return facts().lastAttempt();
    }

    @Override
    public String toString() {
        Facts facts = CURRENT.get();
        return facts == null ? "no delivery under way" : facts.toString();
    }
}
