package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import dev.postevent.Subscription;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ContextNotActiveException;
import jakarta.enterprise.inject.spi.AnnotatedMethod;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.EventContext;
import jakarta.enterprise.inject.spi.EventMetadata;
import jakarta.enterprise.inject.spi.ObserverMethod;
import jakarta.json.bind.Jsonb;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An observer method of a topic, taken from the container (vetoed there), called by postevent.
 *
 * @param name the subscription's name; of a live observer, class and method
 * @param durable true for {@code @Observes}, false for {@code @ObservesAsync}
 * @param takes what it is handed
 * @param types CloudEvents types it wants; empty: all
 * @param scope of its bean; null: it is static and needs none
 */
record TopicObserver(
        String name,
        TopicName topic,
        boolean durable,
        Parameter takes,
        Set<String> types,
        @Nullable Class<? extends Annotation> scope,
        ObserverMethod<Object> method,
        AnnotatedMethod<?> declaration) {

    TopicObserver {
        types = Set.copyOf(types);
    }

    /**
     * The parameter that is the event.
     *
     * @param payloadType {@code CloudEvent}, {@code Object} (which gets the CloudEvent) or what JSON-B shall make of the data
     * @param list true if it is a list of these, what one transaction has
     */
    record Parameter(Class<?> payloadType, boolean list) {}

    /** Where it is in the code, for messages. */
    String where() {
        return describe(declaration);
    }

    /** The bean it is called on, which may have inherited it. */
    Class<?> beanClass() {
        return method.getBeanClass();
    }

    /** True if both are one method, which two beans have. */
    boolean isSameMethodAs(TopicObserver other) {
        return declaration.getJavaMember().equals(other.declaration.getJavaMember());
    }

    /** As {@link #where}, by the class that has its code. */
    String declaredWhere() {
        Method member = declaration.getJavaMember();
        return member.getDeclaringClass().getName() + "." + member.getName() + "()";
    }

    /** Where its subscription begins if it is new, as its annotation says. */
    Subscription.Start start() {
        Subscription subscription = declaration.getAnnotation(Subscription.class);
        return subscription == null ? Subscription.Start.BEGINNING : subscription.start();
    }

    static String describe(AnnotatedMethod<?> method) {
        return method.getDeclaringType().getJavaClass().getName() + "."
                + method.getJavaMember().getName() + "()";
    }

    boolean wants(String type) {
        return types.isEmpty() || types.contains(type);
    }

    /** A container does not call an observer whose bean's scope is not active, and says nothing: so this is asked before. */
    void requireActiveScope(BeanManager beans) {
        if (scope == null) {
            return;
        }
        try {
            beans.getContext(scope);
        } catch (ContextNotActiveException e) {
            throw new PosteventException(
                    "PSTEV20014",
                    "cannot call " + where() + " with an event of topic " + topic + ": its bean has the scope @"
                            + scope.getName() + ", which is not active where events are delivered. Make it"
                            + " @ApplicationScoped, @RequestScoped or @Dependent",
                    e);
        }
    }

    /** Calls the observer with {@code event}, or with the payload made of its data. */
    void call(CloudEvent event, Supplier<Jsonb> jsonb) {
        method.notify(new Context(payload(event, jsonb)));
    }

    /** Calls an observer that takes lists with all of them. */
    void callWithAll(List<CloudEvent> events, Supplier<Jsonb> jsonb) {
        method.notify(
                new Context(events.stream().map(event -> payload(event, jsonb)).toList()));
    }

    private Object payload(CloudEvent event, Supplier<Jsonb> jsonb) {
        Class<?> type = takes.payloadType();
        return type.isInstance(event) ? event : Payloads.read(event, type, jsonb, name, topic.value());
    }

    private record Context(Object payload) implements EventContext<Object> {
        @Override
        public Object getEvent() {
            return payload;
        }

        @Override
        public EventMetadata getMetadata() {
            // observers that ask for EventMetadata are refused at deployment, so the container does not get here
            throw new UnsupportedOperationException(
                    "postevent delivers from the inbox: take Delivery, not EventMetadata");
        }
    }
}
