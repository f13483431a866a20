package dev.postevent.simulation;

import dev.postevent.spi.LogEntry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a part leaves where nothing happens: each event that was handled comes once, in position order. One that its observer wants to
 * have later, or parks until an operator retries it, comes again after the others, and its subject waits.
 */
final class UserCalm {
    /** So often all that is left may have been refused, one after the other. */
    private static final int IDLE_MAX = 10;

    private final UserStore store = new UserStore();
    private final UserStore.Calm effects = store.calm();
    private final Object life;
    private final List<Item> left = new ArrayList<>();

    /** An event that an observer is called for. */
    private static final class Item {
        final Observing observer;
        final LogEntry event;
        final boolean skipped;
        int attempt = 1;
        boolean again;

        @Nullable
        Throwable refused;

        Item(Observing observer, LogEntry event, boolean skipped) {
            this.observer = observer;
            this.event = event;
            this.skipped = skipped;
        }
    }

    /** The observer failed, where it has no reason to. */
    static final class Failed extends Exception {
        private static final long serialVersionUID = 1L;

        Failed(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    UserCalm(UserPart part) {
        this.life = part.maker().apply(effects);
        effects.rollback();
    }

    /** What one of the part's observers is called for; what was skipped leaves nothing, and may do something outside. */
    void add(Observing observer, List<LogEntry> handled, List<LogEntry> skipped) {
        handled.forEach(event -> left.add(new Item(observer, event, false)));
        skipped.forEach(event -> left.add(new Item(observer, event, true)));
    }

    UserStore run() throws Failed {
        left.sort(Comparator.comparingLong((Item item) -> item.event.position())
                .thenComparing(item -> item.observer.name()));
        int idle = 0;
        while (!left.isEmpty()) {
            idle = round() ? 0 : idle + 1;
            if (idle == IDLE_MAX) {
                Item first = left.get(0);
                throw new Failed(
                        "subscription " + first.observer.name() + " did handle " + UserFailure.describe(first.event)
                                + ", and where nothing happens it refuses it at each of " + IDLE_MAX
                                + " calls, in position order: " + first.refused,
                        first.refused);
            }
        }
        return store;
    }

    /** Calls for each of what is left whose subject does not wait; false if nothing was handled. */
    private boolean round() throws Failed {
        boolean handled = false;
        Set<String> waiting = new HashSet<>();
        for (Iterator<Item> items = left.iterator(); items.hasNext(); ) {
            Item item = items.next();
            String subject = item.observer.name() + " " + item.event.subject();
            if (waiting.contains(subject)) {
                continue;
            }
            if (call(item)) {
                items.remove();
                handled = true;
            } else if (item.event.subject() != null) {
                waiting.add(subject);
            }
        }
        return handled;
    }

    /** False if it is to come again. */
    private boolean call(Item item) throws Failed {
        boolean done = false;
        try {
            if (item.observer.takesLists()) {
                item.observer.handleAll(life, List.of(item.event.toCloudEvent()));
            } else {
                item.observer.handle(life, UserLives.told(item.observer, item.event, item.attempt, item.again));
            }
            done = true;
        } catch (Exception | Error e) {
            item.refused = e;
            Refusal refusal = Refusal.of(e);
            if (!refusal.isOne()) {
                throw new Failed(
                        "subscription " + item.observer.name() + " fails where nothing is wrong, at "
                                + UserFailure.describe(item.event) + ": " + UserFailure.trace(UserFailure.unwrapped(e)),
                        UserFailure.unwrapped(e));
            }
            // after an operator's retry they are counted anew
            item.attempt = refusal == Refusal.PARK_NOW ? 1 : item.attempt + 1;
            item.again = true;
        } finally {
            if (done && !item.skipped) {
                effects.commit();
            } else {
                effects.rollback();
            }
        }
        return done || item.skipped;
    }
}
