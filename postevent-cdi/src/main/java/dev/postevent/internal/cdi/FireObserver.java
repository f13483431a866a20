package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import dev.postevent.Publication;
import dev.postevent.Topic;
import jakarta.enterprise.event.Reception;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.enterprise.inject.spi.EventContext;
import jakarta.enterprise.inject.spi.ObserverMethod;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Makes {@code Event.fire} at a topic publish: the one observer of all topics the container knows.
 *
 * <p>An {@link ObserverMethod} and not a {@code notifyWith} function, because containers wrap what such a function throws.
 */
abstract class FireObserver implements ObserverMethod<Object> {

    static FireObserver inTransaction(Supplier<Deployment> runtime) {
        return new FireObserver() {
            @Override
            public void notify(EventContext<Object> context) {
                Deployment running = runtime.get();
                Publication unused = running.publisher(topic(context))
                        .publish(running.payloads().fired(context.getEvent()));
            }

            @Override
            public boolean isAsync() {
                return false;
            }
        };
    }

    static FireObserver asynchronous() {
        return new FireObserver() {
            @Override
            public void notify(EventContext<Object> context) {
                throw new PosteventException(
                        "PSTEV20012",
                        "fireAsync at topic '" + topic(context) + "': it would run outside of the caller's transaction;"
                                + " use fire, which publishes in it");
            }

            @Override
            public boolean isAsync() {
                return true;
            }
        };
    }

    final String topic(EventContext<Object> context) {
        Topic topic = PosteventExtension.topicOf(context.getMetadata().getQualifiers());
        if (topic == null) {
            throw new IllegalStateException("the container called the observer of topics for an event without @Topic");
        }
        return topic.value();
    }

    @Override
    public Class<?> getBeanClass() {
        return PosteventExtension.class;
    }

    @Override
    public Type getObservedType() {
        return Object.class;
    }

    @Override
    public Set<Annotation> getObservedQualifiers() {
        return Set.of(Topic.Literal.of(""));
    }

    @Override
    public Reception getReception() {
        return Reception.ALWAYS;
    }

    @Override
    public TransactionPhase getTransactionPhase() {
        return TransactionPhase.IN_PROGRESS;
    }
}
