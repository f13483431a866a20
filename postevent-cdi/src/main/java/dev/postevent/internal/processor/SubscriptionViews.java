package dev.postevent.internal.processor;

import dev.postevent.HeldFilter;
import dev.postevent.Subscriptions;
import dev.postevent.internal.flow.EntrySource;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** How the subscriptions of this application are doing, for operators. */
public final class SubscriptionViews {
    private static final int HELD_MAX = 10_000;
    /** Of more positions the lag is not counted: whoever watches it asks every few seconds. */
    private static final long COUNTED_MAX = 10_000;

    private final Collection<SubscriptionWorker> workers;
    private final SubscriptionStore store;
    private final OperationStore operations;
    private final EntrySource source;
    private final OperatorCalls calls;

    SubscriptionViews(
            Collection<SubscriptionWorker> workers,
            SubscriptionStore store,
            OperationStore operations,
            EntrySource source,
            OperatorCalls calls) {
        this.workers = workers;
        this.store = store;
        this.operations = operations;
        this.source = source;
        this.calls = calls;
    }

    /** See {@link Subscriptions#status}. */
    public List<Subscriptions.Status> status() {
        return status(workers);
    }

    /** See {@link Subscriptions#status(String)}. */
    public Subscriptions.Status status(String subscription) {
        return status(List.of(calls.worker(subscription))).get(0);
    }

    /** As many statements for a hundred as for one, but of topics that are read directly. */
    private List<Subscriptions.Status> status(Collection<SubscriptionWorker> of) {
        if (of.isEmpty()) {
            // who only publishes may have no inbox
            return List.of();
        }
        List<String> names = of.stream().map(worker -> worker.spec().name()).toList();
        Map<String, SubscriptionStore.Progress> progress =
                calls.ask("read the progress of " + names.size() + " subscriptions", () -> store.progress(names));
        Map<TopicName, Long> marks =
                source.marks(of.stream().map(worker -> worker.spec().topic()).collect(Collectors.toSet()));
        List<EntrySource.Place> places = new ArrayList<>();
        for (SubscriptionWorker worker : of) {
            SubscriptionSpec spec = worker.spec();
            places.add(EntrySource.Place.of(
                    spec.topic(),
                    worker.cursors(
                            Objects.requireNonNull(progress.get(spec.name())).cursors()),
                    Objects.requireNonNull(marks.get(spec.topic()))));
        }
        Iterator<Backlog> backlogs = Backlog.of(source, places, COUNTED_MAX).iterator();
        return of.stream()
                .map(worker -> status(
                        worker,
                        Objects.requireNonNull(progress.get(worker.spec().name())),
                        backlogs.next()))
                .toList();
    }

    private static Subscriptions.Status status(
            SubscriptionWorker worker, SubscriptionStore.Progress progress, Backlog backlog) {
        SubscriptionSpec spec = worker.spec();
        return new SubscriptionStatus(
                spec.name(),
                spec.topic().value(),
                new SubscriptionStatus.Progress(
                        backlog.handled(),
                        backlog.ahead().events(),
                        Duration.ofMillis(Math.round(backlog.ahead().oldestSeconds() * 1_000))),
                progress.held(),
                worker.isPaused(),
                progress.owners(),
                worker.begins().text());
    }

    /** See {@link Subscriptions#held(String, int)}. */
    public List<Subscriptions.HeldEvent> held(String subscription, int limit) {
        return held(HeldFilter.of(subscription), 0, limit);
    }

    /** See {@link Subscriptions#held(HeldFilter, long, int)}. */
    public List<Subscriptions.HeldEvent> held(HeldFilter filter, long after, int limit) {
        if (limit < 1 || limit > HELD_MAX) {
            throw new IllegalArgumentException("limit must be 1 to " + HELD_MAX + ", got " + limit);
        }
        if (after < 0) {
            throw new IllegalArgumentException("after must be at least 0, got " + after);
        }
        String subscription = filter.subscription();
        SubscriptionSpec spec = calls.worker(subscription).spec();
        List<ListedEvent> held = calls.ask("list what " + subscription + " holds", () -> {
            HeldSelectionStore selection = store.selection(subscription);
            return selection.list(
                    selection.positions(filter, after, limit), spec.retry().giveUpAfter());
        });
        Map<Long, String> ids = source.ids(
                spec.topic(), held.stream().map(ListedEvent::position).toList());
        return held.stream()
                .<Subscriptions.HeldEvent>map(event -> event.withId(ids.get(event.position())))
                .toList();
    }

    /** See {@link Subscriptions#countHeld}. */
    public long countHeld(HeldFilter filter) {
        String subscription = calls.worker(filter.subscription()).spec().name();
        return calls.ask(
                "count what " + subscription + " holds",
                () -> store.selection(subscription).count(filter));
    }

    /** See {@link Subscriptions#attempts}. */
    public List<Subscriptions.Attempt> attempts(String subscription, long position) {
        if (position < 1) {
            throw new IllegalArgumentException("a position is at least 1, got " + position);
        }
        String name = calls.worker(subscription).spec().name();
        return calls.ask(
                "list the attempts at position " + position + " of " + name,
                () -> store.attempts(name).list(position));
    }

    /** See {@link Subscriptions#explain(String)}. */
    public Subscriptions.Explanation explain(String subscription, TopicState topic) {
        return explain(status(subscription), topic);
    }

    /** See {@link Subscriptions#explain(Subscriptions.Status)}. */
    public Subscriptions.Explanation explain(Subscriptions.Status status, TopicState topic) {
        String subscription = status.name();
        Subscriptions.Operation paused = status.paused()
                ? calls.ask("find who paused " + subscription, () -> operations.lastPause(subscription))
                        .orElse(null)
                : null;
        return new Explaining(calls.worker(subscription), status, topic, paused).explain();
    }
}
