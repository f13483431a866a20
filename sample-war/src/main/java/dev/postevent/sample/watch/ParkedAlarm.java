package dev.postevent.sample.watch;

import dev.postevent.Notice;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;

/** Says that an event was parked on this node: in the log, where a shop with customers would call somebody. */
@ApplicationScoped
public class ParkedAlarm {
    private static final System.Logger LOG = System.getLogger("dev.postevent.sample");
    private static final int KEPT_MAX = 20;

    private final ConcurrentLinkedDeque<Notice.EventParked> latest = new ConcurrentLinkedDeque<>();

    /** Called after the event is parked, on a thread of its own. */
    void parked(@Observes Notice.EventParked parked) {
        LOG.log(
                System.Logger.Level.WARNING,
                "Somebody has to look at event " + parked.position() + ", which " + parked.subscription() + " parked");
        latest.addFirst(parked);
        while (latest.size() > KEPT_MAX) {
            latest.removeLast();
        }
    }

    /** Positions of the latest events that a subscription parked on this node. */
    public List<Long> latest(String subscription) {
        return latest.stream()
                .filter(parked -> parked.subscription().equals(subscription))
                .map(Notice.EventParked::position)
                .toList();
    }
}
