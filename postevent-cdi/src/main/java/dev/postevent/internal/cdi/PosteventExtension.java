package dev.postevent.internal.cdi;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.EventType;
import dev.postevent.PosteventException;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.internal.health.LivenessProbe;
import dev.postevent.internal.health.Pulse;
import dev.postevent.internal.health.ReadinessProbe;
import dev.postevent.spi.TopicName;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.BeforeDestroyed;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.AfterDeploymentValidation;
import jakarta.enterprise.inject.spi.AfterTypeDiscovery;
import jakarta.enterprise.inject.spi.AnnotatedMethod;
import jakarta.enterprise.inject.spi.AnnotatedParameter;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.EventMetadata;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.enterprise.inject.spi.InjectionPoint;
import jakarta.enterprise.inject.spi.ObserverMethod;
import jakarta.enterprise.inject.spi.ProcessAnnotatedType;
import jakarta.enterprise.inject.spi.ProcessInjectionPoint;
import jakarta.enterprise.inject.spi.ProcessObserverMethod;
import jakarta.enterprise.inject.spi.ProcessSyntheticObserverMethod;
import java.lang.annotation.Annotation;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.eclipse.microprofile.health.HealthCheck;
import org.jspecify.annotations.Nullable;

/**
 * Finds publishers and observers of topics, takes the observers from the container, gives it the beans of the public API, and
 * starts and stops the {@link Deployment} with the application.
 *
 * <p>A fault in the application's use of postevent never ends discovery: faults are collected and reported together when the
 * container validates the deployment.
 */
public class PosteventExtension implements Extension {
    private static final Pattern SUBSCRIPTION_NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,199}");

    private final List<String> faults = new ArrayList<>();
    private final List<TopicObserver> observers = new ArrayList<>();
    private final Set<TopicName> publishedTopics = new TreeSet<>();
    private final Set<Class<?>> discovered = new HashSet<>();
    private final CurrentDelivery delivery = new CurrentDelivery();
    private @Nullable Deployment runtime;

    /** A container that reads the JAR's beans.xml finds the probes by itself. */
    void noticeProbe(@Observes ProcessAnnotatedType<? extends HealthCheck> process) {
        discovered.add(process.getAnnotatedType().getJavaClass());
    }

    /** Where the probes were not found they are added here; twice they would be two beans. */
    void addProbes(@Observes AfterTypeDiscovery discovery, BeanManager beans) {
        for (Class<?> type : List.of(ReadinessProbe.class, LivenessProbe.class)) {
            if (!discovered.contains(type)) {
                discovery.addAnnotatedType(beans.createAnnotatedType(type), type.getName());
            }
        }
    }

    /** Takes {@code @Topic} observers from the container: {@code fire} shall publish and not call them. */
    void takeObserver(@Observes ProcessObserverMethod<?, ?> process) {
        if (process instanceof ProcessSyntheticObserverMethod) {
            return;
        }
        Topic topic = topicOf(process.getObserverMethod().getObservedQualifiers());
        if (topic == null) {
            return;
        }
        process.veto();
        int faultsBefore = faults.size();
        AnnotatedMethod<?> method = process.getAnnotatedMethod();
        String where = TopicObserver.describe(method);
        checkDeclaration(process.getObserverMethod(), method, topic.value(), where);
        Class<?> payloadType = payloadType(process.getObserverMethod(), where);
        Subscription subscription = method.getAnnotation(Subscription.class);
        String name = subscription == null
                ? method.getDeclaringType().getJavaClass().getName().replace('$', '.') + "."
                        + method.getJavaMember().getName()
                : subscription.value();
        if (!SUBSCRIPTION_NAME.matcher(name).matches()) {
            faults.add(where + ": the subscription name '" + name
                    + "' is not valid: 1 to 200 of A-Z, a-z, 0-9, '_', '.', '-'," + " beginning with a letter");
        }
        if (faults.size() == faultsBefore && payloadType != null) {
            observers.add(
                    observer(process.getObserverMethod(), method, name, subscription != null, topic, payloadType));
        }
    }

    @SuppressWarnings("unchecked") // the event handed to it is checked against payloadType
    private static TopicObserver observer(
            ObserverMethod<?> observer,
            AnnotatedMethod<?> method,
            String name,
            boolean named,
            Topic topic,
            Class<?> payloadType) {
        return new TopicObserver(
                name,
                new TopicName(topic.value()),
                !observer.isAsync(),
                named,
                payloadType,
                typesOf(method),
                (ObserverMethod<Object>) observer,
                method);
    }

    private void checkDeclaration(ObserverMethod<?> observer, AnnotatedMethod<?> method, String topic, String where) {
        if (!TopicName.isValid(topic)) {
            faults.add(where + ": the topic name '" + topic
                    + "' is not valid: 1 to 48 of a-z, 0-9, _, beginning with a letter");
        }
        if (observer.getTransactionPhase() != TransactionPhase.IN_PROGRESS) {
            faults.add(where + ": observes topic " + topic + " with the transaction phase "
                    + observer.getTransactionPhase()
                    + "; a durable observer runs in a transaction of its own, so leave 'during' out");
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

    private @Nullable Class<?> payloadType(ObserverMethod<?> observer, String where) {
        Type type = observer.getObservedType();
        if (type instanceof Class<?> payload) {
            return payload;
        }
        faults.add(where + ": the event parameter has the type " + type.getTypeName()
                + "; it has to be CloudEvent or a class without type parameters");
        return null;
    }

    private static Set<String> typesOf(AnnotatedMethod<?> method) {
        for (AnnotatedParameter<?> parameter : method.getParameters()) {
            if (parameter.isAnnotationPresent(Observes.class) || parameter.isAnnotationPresent(ObservesAsync.class)) {
                EventType types = parameter.getAnnotation(EventType.class);
                return types == null ? Set.of() : Set.of(types.value());
            }
        }
        return Set.of();
    }

    /** Learns the topics that the application publishes to. */
    void learnTopic(@Observes ProcessInjectionPoint<?, ?> process) {
        InjectionPoint point = process.getInjectionPoint();
        Topic topic = topicOf(point.getQualifiers());
        if (topic == null) {
            return;
        }
        Type type = point.getType() instanceof ParameterizedType generic ? generic.getRawType() : point.getType();
        if (type != EventPublisher.class && type != Event.class) {
            faults.add(point.getMember() + ": @Topic is for EventPublisher and Event, found " + type.getTypeName());
        } else if (TopicName.isValid(topic.value())) {
            publishedTopics.add(new TopicName(topic.value()));
        } else {
            faults.add(point.getMember() + ": the topic name '" + topic.value()
                    + "' is not valid: 1 to 48 of a-z, 0-9, _, beginning with a letter");
        }
    }

    static @Nullable Topic topicOf(Set<Annotation> qualifiers) {
        for (Annotation qualifier : qualifiers) {
            if (qualifier instanceof Topic topic) {
                return topic;
            }
        }
        return null;
    }

    void defineBeans(@Observes AfterBeanDiscovery discovery) {
        discovery
                .addBean()
                .beanClass(PosteventExtension.class)
                .types(EventPublisher.class, Object.class)
                .qualifiers(Topic.Literal.of(""))
                .scope(Dependent.class)
                .produceWith(instance ->
                        publisherFor(instance.select(InjectionPoint.class).get()));
        discovery
                .<Delivery>addBean()
                .beanClass(PosteventExtension.class)
                .types(Delivery.class, Object.class)
                .scope(Dependent.class)
                .produceWith(instance -> delivery);
        discovery
                .<Subscriptions>addBean()
                .beanClass(PosteventExtension.class)
                .types(Subscriptions.class, Object.class)
                .scope(Dependent.class)
                .produceWith(instance -> runtime().subscriptions());
        discovery
                .<Pulse>addBean()
                .beanClass(PosteventExtension.class)
                .types(Pulse.class, Object.class)
                .scope(Dependent.class)
                .produceWith(instance -> runtime());
        discovery.addObserverMethod(FireObserver.inTransaction(this::runtime));
        discovery.addObserverMethod(FireObserver.asynchronous());
    }

    private EventPublisher publisherFor(InjectionPoint point) {
        Topic topic = topicOf(point.getQualifiers());
        if (topic == null) {
            throw new PosteventException(
                    "PSTEV20010",
                    "an EventPublisher was asked for without @Topic: select one with Topic.Literal.of(name)");
        }
        return runtime().publisher(topic.value());
    }

    void validate(@Observes AfterDeploymentValidation validation, BeanManager beans) {
        observers.sort(Comparator.comparing(TopicObserver::name).thenComparing(TopicObserver::where));
        for (int i = 1; i < observers.size(); i++) {
            TopicObserver one = observers.get(i - 1);
            TopicObserver other = observers.get(i);
            if (one.durable() && other.durable() && one.name().equals(other.name())) {
                faults.add(one.where() + " and " + other.where() + " are both the subscription '" + one.name()
                        + "'; give each a name of its own with @Subscription");
            }
        }
        runtime = Deployment.configure(observers, publishedTopics, delivery, beans, faults);
        if (!faults.isEmpty()) {
            validation.addDeploymentProblem(new PosteventException(
                    "PSTEV20000",
                    "postevent found " + faults.size() + (faults.size() == 1 ? " fault" : " faults")
                            + " in this deployment:\n  - " + String.join("\n  - ", faults)));
        }
    }

    void start(@Observes Startup startup) {
        runtime().start();
    }

    void stop(@Observes Shutdown shutdown) {
        stop();
    }

    /** On servers that fire no {@code Shutdown}, or fire it when JNDI is gone already. */
    void stopFirst(@Observes @BeforeDestroyed(ApplicationScoped.class) Object context) {
        stop();
    }

    private void stop() {
        Deployment running = runtime;
        if (running != null) {
            running.stop();
        }
    }

    private Deployment runtime() {
        Deployment configured = runtime;
        if (configured == null) {
            throw new PosteventException("PSTEV20011", "postevent is used before the application is deployed");
        }
        return configured;
    }
}
