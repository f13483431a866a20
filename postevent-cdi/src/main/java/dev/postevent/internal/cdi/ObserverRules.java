package dev.postevent.internal.cdi;

import dev.postevent.Delivery;
import dev.postevent.EventType;
import dev.postevent.Live;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.enterprise.event.Reception;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.enterprise.inject.spi.AnnotatedMethod;
import jakarta.enterprise.inject.spi.AnnotatedParameter;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.EventMetadata;
import jakarta.enterprise.inject.spi.ObserverMethod;
import jakarta.json.JsonValue;
import jakarta.transaction.TransactionScoped;
import java.lang.annotation.Annotation;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a method has to be to observe a topic. Whatever it is not becomes a fault that names bean and method. */
final class ObserverRules {
    static final String TOPIC_NAME = "1 to 48 of a-z, 0-9, _, beginning with a letter";
    private static final Pattern SUBSCRIPTION_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,199}");

    private final BeanManager beans;
    private final List<String> faults;

    ObserverRules(BeanManager beans, List<String> faults) {
        this.beans = beans;
        this.faults = faults;
    }

    /** The observer that {@code method} is; null: it has faults. */
    @SuppressWarnings("unchecked") // the event handed to it is checked against its payload type
    @Nullable
    TopicObserver check(ObserverMethod<?> observer, AnnotatedMethod<?> method, Topic topic) {
        int faultsBefore = faults.size();
        String where = TopicObserver.describe(method);
        Subscription subscription = method.getAnnotation(Subscription.class);
        checkDeclaration(observer, method, topic.value(), where);
        checkScope(observer, method, where);
        boolean atLeastOnce = subscription != null && subscription.atLeastOnce();
        for (String fault : new TransactionRules(beans).faults(observer, method, atLeastOnce)) {
            faults.add(where + ": " + fault);
        }
        String name = subscription == null ? memberName(method) : subscription.value();
        checkName(observer, subscription, name, topic.value(), where);
        boolean lists = takesLists(observer);
        if (lists) {
            checkList(observer, method, where);
        }
        Class<?> payloadType = payloadType(observer, where);
        Set<String> types = payloadType == null ? Set.of() : types(method, payloadType, where);
        if (faults.size() > faultsBefore || payloadType == null) {
            return null;
        }
        return new TopicObserver(
                name,
                new TopicName(topic.value()),
                !observer.isAsync(),
                new TopicObserver.Parameter(payloadType, lists),
                types,
                method.isStatic() ? null : observer.getDeclaringBean().getScope(),
                (ObserverMethod<Object>) observer,
                method);
    }

    private static String memberName(AnnotatedMethod<?> method) {
        return method.getDeclaringType().getJavaClass().getName().replace('$', '.') + "."
                + method.getJavaMember().getName();
    }

    /** A name that is kept in the database is written down: one made of the code would change with it. */
    private void checkName(
            ObserverMethod<?> observer, @Nullable Subscription subscription, String name, String topic, String where) {
        if (subscription == null) {
            if (!observer.isAsync()) {
                faults.add(where + ": observes topic " + topic
                        + " without @Subscription. What it has handled is kept in the database under a name, which must not"
                        + " change when the method is renamed: write @Subscription(\"a-name\") (where an earlier version ran"
                        + " without it, its name was '" + name + "')");
            }
        } else if (!SUBSCRIPTION_NAME.matcher(name).matches()) {
            faults.add(where + ": the subscription name '" + name
                    + "' is not valid: 1 to 200 of A-Z, a-z, 0-9, '_', '.', '-'," + " beginning with a letter");
        }
    }

    private void checkDeclaration(ObserverMethod<?> observer, AnnotatedMethod<?> method, String topic, String where) {
        if (!TopicName.isValid(topic)) {
            faults.add(where + ": the topic name '" + topic + "' is not valid: " + TOPIC_NAME);
        }
        if (observer.getTransactionPhase() != TransactionPhase.IN_PROGRESS) {
            faults.add(where + ": observes topic " + topic + " with the transaction phase "
                    + observer.getTransactionPhase()
                    + "; a durable observer runs in a transaction of its own, so leave 'during' out");
        }
        if (observer.getReception() == Reception.IF_EXISTS) {
            faults.add(where + ": observes topic " + topic
                    + " with notifyObserver = IF_EXISTS; it would not be called, and the event be gone, where no instance"
                    + " of the bean is there: leave 'notifyObserver' out");
        }
        if (observer.isAsync() && !method.isAnnotationPresent(Live.class)) {
            faults.add(where + ": observes topic " + topic
                    + " with @ObservesAsync. If every event is to be handled, take @Observes with @Subscription, which has"
                    + " threads of its own, too. If events may be missed (nothing is remembered, and only the node whose feed"
                    + " streams gets any), say so with @Live on the method");
        }
        if (!observer.isAsync() && method.isAnnotationPresent(Live.class)) {
            faults.add(where
                    + ": @Live on an @Observes method, which is a durable subscription: use @ObservesAsync for a live"
                    + " observer, or leave @Live out");
        }
        if (observer.isAsync() && method.isAnnotationPresent(Subscription.class)) {
            faults.add(where
                    + ": @Subscription on an @ObservesAsync method; a live observer remembers nothing: use @Observes for"
                    + " a durable subscription, or leave @Subscription out");
        }
        if (observer.getObservedQualifiers().size() > 1) {
            faults.add(
                    where + ": observes topic " + topic + " with further qualifiers " + observer.getObservedQualifiers()
                            + "; events of a topic have none: filter by @EventType or in the method");
        }
        for (AnnotatedParameter<?> parameter : method.getParameters()) {
            if (parameter.getBaseType() == EventMetadata.class) {
                faults.add(
                        where
                                + ": has a parameter EventMetadata, which an event from the inbox does not have; take Delivery");
            }
        }
    }

    /**
     * A scope that a server may passivate is a session, a conversation or a view of somebody, and nobody is there when an event
     * comes. Any other is looked at when an event comes ({@link TopicObserver#requireActiveScope}).
     */
    private void checkScope(ObserverMethod<?> observer, AnnotatedMethod<?> method, String where) {
        if (method.isStatic()) {
            return;
        }
        Class<? extends Annotation> scope = observer.getDeclaringBean().getScope();
        boolean activeInTransaction = scope == TransactionScoped.class;
        if (activeInTransaction ? observer.isAsync() : beans.isPassivatingScope(scope)) {
            faults.add(where + ": is in a bean of the scope @" + scope.getSimpleName()
                    + ", which is not active where events are delivered, so it could not be called: make it"
                    + " @ApplicationScoped, @RequestScoped or @Dependent"
                    + (activeInTransaction ? " (a live observer is called outside of any transaction)" : ""));
        }
    }

    private static boolean takesLists(ObserverMethod<?> observer) {
        return observer.getObservedType() instanceof ParameterizedType type && type.getRawType() == List.class;
    }

    private void checkList(ObserverMethod<?> observer, AnnotatedMethod<?> method, String where) {
        if (observer.isAsync()) {
            faults.add(
                    where + ": a live observer is handed one event at a time: take CloudEvent or the payload's class");
        }
        for (AnnotatedParameter<?> parameter : method.getParameters()) {
            if (parameter.getBaseType() == Delivery.class) {
                faults.add(where + ": takes a list, and Delivery, which is of one event: take one of them");
            }
        }
    }

    /** Of a list, what it is of. */
    private @Nullable Class<?> payloadType(ObserverMethod<?> observer, String where) {
        Type type = observer.getObservedType();
        Type one = takesLists(observer) ? ((ParameterizedType) type).getActualTypeArguments()[0] : type;
        if (!(one instanceof Class<?> payload) || payload == List.class) {
            faults.add(where + ": the event parameter has the type " + type.getTypeName()
                    + "; it has to be CloudEvent or a class without type parameters, or a List of one of these");
            return null;
        }
        if (CloudEvent.class.isAssignableFrom(payload) && payload != CloudEvent.class) {
            faults.add(where + ": the event parameter is a " + payload.getName()
                    + ", one of several classes of events; take CloudEvent");
            return null;
        }
        return payload;
    }

    /** The CloudEvents types it wants: what the parameter says, else what the payload's class says. */
    private Set<String> types(AnnotatedMethod<?> method, Class<?> payloadType, String where) {
        EventType said = parameterType(method);
        if (said != null) {
            Set<String> types = new TreeSet<>(List.of(said.value()));
            if (types.isEmpty() || types.contains("")) {
                faults.add(where + ": @EventType without a type; no event has an empty type, and without @EventType the"
                        + " observer gets every type");
            }
            return types;
        }
        if (takesEveryType(payloadType)) {
            return Set.of();
        }
        PayloadShape shape = PayloadShape.of(payloadType);
        for (String fault : shape.faults()) {
            faults.add(where + ": " + fault);
        }
        if (shape.faults().isEmpty() && shape.types().isEmpty()) {
            faults.add(where + ": takes a " + payloadType.getName()
                    + ", but neither the parameter nor that class has @EventType, so events of every type would be handed"
                    + " to it as such a one. Say @EventType at one of them, or take CloudEvent. (An earlier version"
                    + " published such objects under the type '" + payloadType.getName() + "'.)");
        }
        return shape.types();
    }

    /** Only what is no class of the application's own: the event, its bytes, its JSON. */
    private static boolean takesEveryType(Class<?> payloadType) {
        return payloadType.isAssignableFrom(CloudEvent.class)
                || payloadType == byte[].class
                || JsonValue.class.isAssignableFrom(payloadType);
    }

    private static @Nullable EventType parameterType(AnnotatedMethod<?> method) {
        for (AnnotatedParameter<?> parameter : method.getParameters()) {
            if (parameter.isAnnotationPresent(Observes.class) || parameter.isAnnotationPresent(ObservesAsync.class)) {
                return parameter.getAnnotation(EventType.class);
            }
        }
        return null;
    }
}
