package dev.postevent.packaging;

import dev.postevent.testkit.DeliverySimulation;
import dev.postevent.testkit.Handler;

/** A user of the test kit, who has nothing of this module but the two jars. */
public final class TestKitUser {
    private TestKitUser() {}

    /** Runs a right handler, or a wrong one, and says how many events it got. */
    public static long run(boolean right) {
        Handler handler = (event, delivery, effects) -> {
            if (right) {
                effects.put(event.getId(), "handled");
            } else {
                effects.outside(event.getId());
            }
        };
        return DeliverySimulation.of("user", () -> handler).seeds(0, 30).run().events();
    }
}
