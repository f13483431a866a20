package dev.postevent.simulation;

import dev.postevent.spi.LogEntry;
import dev.postevent.testkit.FakeDelivery;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a user has in one world: an object per node's life and part, what these have left, and how their calls ended. */
final class UserLives implements UserCode {
    /** An observer, and the part it is of. */
    record Subscribed(Observing observer, UserPart part) {}

    /** An event of a subscription. */
    private record Place(int subscription, long position) {}

    private final List<Subscribed> subscriptions = new ArrayList<>();
    private final UserEvents events;
    private final IdentityHashMap<UserPart, UserStore> stores = new IdentityHashMap<>();
    private final IdentityHashMap<Process, Map<UserPart, Object>> lives = new IdentityHashMap<>();
    private final Set<Place> parksNow = new HashSet<>();
    private final Map<Place, Integer> refusals = new HashMap<>();
    private final Map<Integer, UserFailure> failures = new HashMap<>();
    private final Set<String> types = new TreeSet<>();
    private @Nullable Throwable eventsFailed;
    private long calls;

    UserLives(List<UserPart> parts, UserEvents events) {
        this.events = events;
        for (UserPart part : parts) {
            stores.put(part, new UserStore());
            part.observers().forEach(observer -> subscriptions.add(new Subscribed(observer, part)));
        }
    }

    List<Subscribed> subscriptions() {
        return subscriptions;
    }

    long calls() {
        return calls;
    }

    /** The types of events that were made. */
    Set<String> types() {
        return types;
    }

    /** What the effects of a part are. */
    UserStore store(UserPart part) {
        return java.util.Objects.requireNonNull(stores.get(part));
    }

    /** The first failure of its own of each observer that had one. */
    Map<Integer, UserFailure> failures() {
        return failures;
    }

    /** Why an event could not be made; null: all could. */
    @Nullable
    Throwable eventsFailed() {
        return eventsFailed;
    }

    @Override
    public LogEntry event(long position, int number, @Nullable String subject) {
        try {
            CloudEvent made = events.maker().make(number, subject);
            CloudEvent event = CloudEventBuilder.v1(made)
                    .withId("e" + number)
                    .withSource(URI.create("/simulation"))
                    .withSubject(subject)
                    .build();
            types.add(event.getType());
            return LogEntry.of(position, event);
        } catch (RuntimeException | Error e) {
            eventsFailed = e;
            throw new Violation("events(...) made no event of number " + number + " and subject " + subject + ": "
                    + UserFailure.trace(e));
        }
    }

    @Override
    public boolean alwaysHasSubject() {
        return events.always();
    }

    @Override
    public boolean wants(int subscription, LogEntry event) {
        return subscriptions.get(subscription).observer().wants(event.type());
    }

    @Override
    public boolean takesLists(int subscription) {
        return subscriptions.get(subscription).observer().takesLists();
    }

    @Override
    public boolean parksNow(int subscription, long position) {
        return parksNow.contains(new Place(subscription, position));
    }

    @Override
    public int refusals(int subscription, long position) {
        return refusals.getOrDefault(new Place(subscription, position), 0);
    }

    @Override
    public void flush() {
        stores.values().forEach(UserStore::flush);
    }

    @Override
    public void loseUnflushed() {
        stores.values().forEach(UserStore::loseUnflushed);
    }

    /** The delivery of an event, as it is told. */
    static FakeDelivery told(Observing observer, LogEntry event, int attempt, boolean again) {
        FakeDelivery told = FakeDelivery.of(event.toCloudEvent())
                .from(observer.topic())
                .to(observer.name())
                .at(event.position())
                .attempt(attempt);
        return again ? told.calledBefore() : told;
    }

    @Override
    public void handle(
            World world, Process process, int subscription, LogEntry event, int attempt, boolean again, boolean last)
            throws Exception {
        Observing observer = subscriptions.get(subscription).observer();
        FakeDelivery told = told(observer, event, attempt, again);
        if (last) {
            told.last();
        }
        call(world, process, subscription, List.of(event), attempt, life -> observer.handle(life, told));
    }

    @Override
    public void handleAll(World world, Process process, int subscription, List<LogEntry> together) throws Exception {
        Observing observer = subscriptions.get(subscription).observer();
        List<CloudEvent> list = together.stream().map(LogEntry::toCloudEvent).toList();
        call(world, process, subscription, together, 1, life -> observer.handleAll(life, list));
    }

    private interface Call {
        void on(Object life) throws Exception;
    }

    private void call(World world, Process process, int subscription, List<LogEntry> together, int attempt, Call call)
            throws Exception {
        calls++;
        UserPart part = subscriptions.get(subscription).part();
        Place place = new Place(subscription, together.get(0).position());
        parksNow.remove(place);
        try {
            call.on(lives.computeIfAbsent(process, any -> new IdentityHashMap<>())
                    .computeIfAbsent(part, any -> part.maker().apply(store(part).in(world, process))));
        } catch (Exception | Error e) {
            Refusal refusal = Refusal.of(e);
            if (refusal.isOne() && together.size() == 1) {
                refusals.merge(place, 1, Integer::sum);
                if (refusal == Refusal.PARK_NOW) {
                    parksNow.add(place);
                }
            }
            if (refusal == Refusal.RETRY_LATER) {
                throw Refusal.shortened(e);
            } else if (refusal == Refusal.NONE_OWN) {
                failed(subscription, together, attempt, UserFailure.unwrapped(e));
            }
            throw e;
        }
    }

    private void failed(int subscription, List<LogEntry> together, int attempt, Throwable thrown) {
        UserFailure before = failures.get(subscription);
        boolean keeps = before != null && (before.isAssertion() || !(thrown instanceof AssertionError));
        String first = UserFailure.describe(together.get(0));
        UserFailure kept = keeps
                ? before
                : new UserFailure(
                        subscriptions.get(subscription).observer().name(),
                        together.size() == 1
                                ? first
                                : "a list of " + together.size() + " events, the first of them " + first,
                        attempt,
                        thrown,
                        before == null ? 0 : before.calls());
        failures.put(subscription, kept.again());
    }
}
