package dev.postevent.internal.cdi;

import dev.postevent.Notice;
import dev.postevent.StatusReport;
import dev.postevent.internal.jdbc.LostConnection;
import dev.postevent.internal.notice.FeedWatch;
import dev.postevent.internal.notice.NoticeTarget;
import dev.postevent.internal.notice.Notices;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.Feed;
import jakarta.enterprise.inject.spi.BeanManager;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The application's observers of notices, as the stages see them; and what looks whether feeds are down, which no stage does. */
final class ToldNotices {
    private static final System.Logger LOG = System.getLogger("dev.postevent.notice");

    /** Most notices that wait for observers. */
    private static final int QUEUE_MAX = 1_000;
    /** How often feeds are looked at, which waits for nothing. */
    private static final Duration FEEDS_EVERY = Duration.ofSeconds(1);

    private final Threads threads;
    /** Null: nobody observes any. */
    private final @Nullable Notices notices;

    private @Nullable ScheduledFuture<?> watching;

    /** Makes it, in the context of the application's start. */
    ToldNotices(Container container, Threads threads, LeftTransaction left) {
        this.threads = threads;
        List<NoticeObserver> observers = container.notices().all();
        this.notices = observers.isEmpty()
                ? null
                : new Notices(
                        observers.stream()
                                .<NoticeTarget>map(observer -> new Target(observer, container.beans(), left))
                                .toList(),
                        QUEUE_MAX,
                        threads.pool(1));
    }

    /** Calls an observer, and leaves nothing of it on the thread. */
    private record Target(NoticeObserver observer, BeanManager beans, LeftTransaction left) implements NoticeTarget {
        @Override
        public String where() {
            return observer.where();
        }

        @Override
        public boolean takes(Class<? extends Notice> kind) {
            return observer.kind().isAssignableFrom(kind);
        }

        @Override
        public void tell(Notice notice) {
            try {
                observer.call(notice, beans);
            } catch (RuntimeException | Error e) {
                LostConnection.retireThread(e);
                throw e;
            } finally {
                left.end("observer " + observer.where() + " of notices");
            }
        }
    }

    /** Where stages give what they tell; it never waits and never fails. */
    Consumer<Notice> port() {
        Notices told = notices;
        return told == null ? notice -> {} : told;
    }

    /** From now on feeds are looked at, where somebody wants to know; does nothing if they are by now. */
    synchronized void watch(@Nullable Feed local, Links links) {
        Notices told = notices;
        if (told == null
                || watching != null
                || !(told.wants(Notice.FeedDown.class) || told.wants(Notice.FeedUp.class))) {
            return;
        }
        FeedWatch watch = new FeedWatch(OperatedSubscriptions::isDown, told);
        watching = threads.timer()
                .scheduleWithFixedDelay(
                        () -> look(watch, local, links),
                        FEEDS_EVERY.toMillis(),
                        FEEDS_EVERY.toMillis(),
                        TimeUnit.MILLISECONDS);
    }

    /** A timer that is thrown at ends without a word. */
    private static void look(FeedWatch watch, @Nullable Feed local, Links links) {
        try {
            watch.are(statuses(local, links));
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "a feed does not say how it is doing, and is asked again", e);
        }
    }

    private static Map<String, Feed.Status> statuses(@Nullable Feed local, Links links) {
        Map<String, Feed.Status> all = new TreeMap<>();
        if (local != null) {
            all.put(StatusReport.LOCAL, local.status());
        }
        links.sources()
                .forEach((topic, source) -> all.put(topic.value(), source.feed().status()));
        return all;
    }

    /** Tells what waits, within {@code limit}, and nothing any more. */
    void stop(Duration limit) {
        synchronized (this) {
            if (watching != null) {
                watching.cancel(false);
            }
        }
        if (notices != null && !notices.stop(limit)) {
            LOG.log(
                    Level.WARNING,
                    "postevent: an observer of notices still runs " + limit.toMillis()
                            + " ms after the stop; what waited behind it is not told");
        }
    }
}
