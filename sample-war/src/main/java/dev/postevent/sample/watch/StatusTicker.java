package dev.postevent.sample.watch;

import dev.postevent.Subscriptions;
import dev.postevent.sample.ServerObjects;
import dev.postevent.sample.fulfilment.Fault;
import dev.postevent.sample.fulfilment.FaultSwitch;
import dev.postevent.sample.order.Order;
import dev.postevent.sample.order.Orders;
import dev.postevent.sample.warehouse.Pick;
import dev.postevent.sample.warehouse.PickList;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Startup;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Sends the open pages, once a second, what they show beside the events: asked once, however many pages there are. */
@ApplicationScoped
class StatusTicker {
    private static final System.Logger LOG = System.getLogger("dev.postevent.sample");
    private static final int ROWS_SHOWN = 60;
    private static final int HELD_SHOWN = 20;

    @Inject
    LiveStream live;

    @Inject
    Subscriptions subscriptions;

    @Inject
    Instance<Orders> orders;

    @Inject
    Instance<PickList> picks;

    @Inject
    FaultSwitch faults;

    private @Nullable ScheduledFuture<?> ticking;

    /** What a page shows; {@code orders} at the shop, {@code picks} at the warehouse; {@code held} and {@code explanations} by
     * subscription. */
    public record Tick(
            StatusView status,
            List<Order> orders,
            List<Pick> picks,
            Map<String, Fault> faults,
            Map<String, List<HeldView>> held,
            Map<String, String> explanations) {}

    /** Sent instead while that cannot be read: the kind of exception, and nothing of what it says. */
    public record Away(String reason) {}

    void start(@Observes Startup event) {
        ManagedScheduledExecutorService timer =
                ServerObjects.lookup("java:comp/DefaultManagedScheduledExecutorService");
        ticking = timer.scheduleWithFixedDelay(this::tick, 1, 1, TimeUnit.SECONDS);
    }

    @PreDestroy
    void stop() {
        if (ticking != null) {
            ticking.cancel(true);
        }
    }

    void tick() {
        if (live.size() == 0) {
            return;
        }
        try {
            live.show("tick", look());
        } catch (SQLException | RuntimeException e) {
            // an exception would end the timer for good; the pages say that what they show is from before, and the next
            // second tries again
            live.show("away", new Away(e.getClass().getSimpleName()));
            LOG.log(System.Logger.Level.WARNING, "The open pages get no status: {0}", e.toString());
        }
    }

    private Tick look() throws SQLException {
        StatusView status = StatusView.of(subscriptions.report());
        Map<String, List<HeldView>> held = new HashMap<>();
        Map<String, String> explanations = new HashMap<>();
        for (StatusView.Subscription subscription : status.subscriptions()) {
            if (subscription.held() > 0) {
                held.put(subscription.name(), HeldView.of(subscriptions.held(subscription.name(), HELD_SHOWN)));
            }
            explanations.put(
                    subscription.name(),
                    subscriptions.explain(subscription.name()).sentence());
        }
        return new Tick(
                status,
                orders.isUnsatisfied() ? List.of() : orders.get().newest(ROWS_SHOWN),
                picks.isUnsatisfied() ? List.of() : picks.get().newest(ROWS_SHOWN),
                faults.all(),
                held,
                explanations);
    }
}
