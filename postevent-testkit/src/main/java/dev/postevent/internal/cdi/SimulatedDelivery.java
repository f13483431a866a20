package dev.postevent.internal.cdi;

import dev.postevent.Delivery;
import java.util.ArrayDeque;

/**
 * The {@link CurrentDelivery} of a thread that stands for several: a call within which another one is made has its delivery back
 * afterwards.
 */
public final class SimulatedDelivery {
    private static final CurrentDelivery CURRENT = new CurrentDelivery();
    private static final ThreadLocal<ArrayDeque<Runnable>> UNDER_WAY = ThreadLocal.withInitial(ArrayDeque::new);

    private SimulatedDelivery() {}

    /** What a container injects. */
    public static Delivery injected() {
        return CURRENT;
    }

    /** Something that is done while a delivery is under way. */
    public interface Call {
        void make() throws Exception;
    }

    /** Makes the call while {@code delivery} is the one under way. */
    public static void during(Delivery delivery, Call call) throws Exception {
        CurrentDelivery.Facts facts = new CurrentDelivery.Facts(
                delivery.event(),
                delivery.topic(),
                delivery.position(),
                delivery.subscription(),
                new CurrentDelivery.Attempt(delivery.attempt(), delivery.lastAttempt()),
                delivery.redelivered());
        within(() -> CURRENT.enter(facts), call);
    }

    /** Makes the call of an observer that takes lists. */
    static void duringList(String subscription, Call call) throws Exception {
        within(() -> CURRENT.enterList(subscription), call);
    }

    private static void within(Runnable enter, Call call) throws Exception {
        ArrayDeque<Runnable> underWay = UNDER_WAY.get();
        underWay.push(enter);
        enter.run();
        try {
            call.make();
        } finally {
            underWay.pop();
            Runnable outer = underWay.peek();
            if (outer == null) {
                CURRENT.leave();
                UNDER_WAY.remove();
            } else {
                outer.run();
            }
        }
    }
}
