package dev.postevent.internal.cdi;

import dev.postevent.internal.processor.SubscriptionSpec;
import dev.postevent.internal.telemetry.Telemetry;
import dev.postevent.spi.LogEntry;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.control.RequestContextController;
import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.json.bind.Jsonb;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Calls an observer with a stored event, or with all of a transaction, in a request context of its own. */
final class ObserverCall implements SubscriptionSpec.Handler {
    private final TopicObserver observer;
    private final CurrentDelivery delivery;
    private final BeanManager beans;
    private final Supplier<Jsonb> jsonb;
    private final Telemetry.@Nullable Observed observed;

    /** {@code observed} is told of the calls; null: nobody is. */
    ObserverCall(
            TopicObserver observer,
            CurrentDelivery delivery,
            BeanManager beans,
            Supplier<Jsonb> jsonb,
            Telemetry.@Nullable Observed observed) {
        this.observer = observer;
        this.delivery = delivery;
        this.beans = beans;
        this.jsonb = jsonb;
        this.observed = observed;
    }

    @Override
    public boolean wants(LogEntry event) {
        return observer.wants(event.type());
    }

    @Override
    public Optional<String> home() {
        return Optional.of(observer.beanClass().getPackageName());
    }

    @Override
    public boolean takesLists() {
        return observer.takes().list();
    }

    @Override
    public void handle(LogEntry event, int attempt, boolean redelivered, boolean last) {
        if (observed == null) {
            call(event, attempt, redelivered, last);
        } else {
            observed.call(List.of(event), attempt, () -> call(event, attempt, redelivered, last));
        }
    }

    private void call(LogEntry event, int attempt, boolean redelivered, boolean last) {
        CloudEvent cloudEvent = event.toCloudEvent();
        if (observer.takes().list()) {
            callWithAll(List.of(cloudEvent));
            return;
        }
        CurrentDelivery.Facts facts = new CurrentDelivery.Facts(
                cloudEvent,
                observer.topic().value(),
                event.position(),
                observer.name(),
                new CurrentDelivery.Attempt(attempt, last),
                redelivered);
        inRequest(() -> delivery.enter(facts), () -> observer.call(cloudEvent, jsonb));
    }

    @Override
    public void handleAll(List<LogEntry> events) {
        if (observed == null) {
            callWithEach(events);
        } else {
            observed.call(events, 1, () -> callWithEach(events));
        }
    }

    private void callWithEach(List<LogEntry> events) {
        callWithAll(events.stream().map(LogEntry::toCloudEvent).toList());
    }

    private void callWithAll(List<CloudEvent> events) {
        inRequest(() -> delivery.enterList(observer.name()), () -> observer.callWithAll(events, jsonb));
    }

    private void inRequest(Runnable enter, Runnable call) {
        Instance<RequestContextController> controllers = beans.createInstance().select(RequestContextController.class);
        RequestContextController request = controllers.get();
        boolean activated = request.activate();
        enter.run();
        try {
            observer.requireActiveScope(beans);
            call.run();
        } finally {
            delivery.leave();
            if (activated) {
                request.deactivate();
            }
            controllers.destroy(request);
        }
    }
}
