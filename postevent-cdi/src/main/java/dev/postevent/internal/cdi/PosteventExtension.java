package dev.postevent.internal.cdi;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.EventType;
import dev.postevent.Live;
import dev.postevent.PosteventException;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.internal.health.LivenessProbe;
import dev.postevent.internal.health.Probe;
import dev.postevent.internal.health.Pulse;
import dev.postevent.internal.health.ReadinessProbe;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.context.BeforeDestroyed;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.event.Event;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.ObservesAsync;
import jakarta.enterprise.event.Shutdown;
import jakarta.enterprise.event.Startup;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.AfterDeploymentValidation;
import jakarta.enterprise.inject.spi.AfterTypeDiscovery;
import jakarta.enterprise.inject.spi.AnnotatedMethod;
import jakarta.enterprise.inject.spi.AnnotatedParameter;
import jakarta.enterprise.inject.spi.AnnotatedType;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.enterprise.inject.spi.InjectionPoint;
import jakarta.enterprise.inject.spi.ProcessAnnotatedType;
import jakarta.enterprise.inject.spi.ProcessInjectionPoint;
import jakarta.enterprise.inject.spi.ProcessInjectionTarget;
import jakarta.enterprise.inject.spi.ProcessManagedBean;
import jakarta.enterprise.inject.spi.ProcessObserverMethod;
import jakarta.enterprise.inject.spi.ProcessProducerField;
import jakarta.enterprise.inject.spi.ProcessProducerMethod;
import jakarta.enterprise.inject.spi.ProcessSyntheticObserverMethod;
import jakarta.inject.Provider;
import jakarta.interceptor.Interceptor;
import java.lang.System.Logger.Level;
import java.lang.annotation.Annotation;
import java.lang.reflect.Member;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds publishers and observers of topics, takes the observers from the container, gives it the beans of the public API, and
 * starts and stops the {@link Deployment} with the application.
 *
 * <p>A fault in the application's use of postevent never ends discovery: faults are collected and reported together when the
 * container validates the deployment.
 */
public class PosteventExtension implements Extension {
    private static final System.Logger LOG = System.getLogger("dev.postevent");
    private static final String HEALTH = "org.eclipse.microprofile.health.HealthCheck";

    private final List<String> faults = new ArrayList<>();
    private final List<TopicObserver> observers = new ArrayList<>();
    private final NoticeObservers noticeObservers = new NoticeObservers();
    private final Set<TopicName> publishedTopics = new TreeSet<>();
    private final Set<Class<?>> payloadTypes = new HashSet<>();
    private final Set<Class<?>> discovered = new HashSet<>();
    private final CurrentDelivery delivery = new CurrentDelivery();
    private @Nullable Bean<?> outside;
    /** Health asks from threads of the server. */
    private volatile @Nullable Deployment runtime;

    /**
     * A container that reads the JAR's beans.xml finds the probes by itself. By an interface of ours, because a server need not have that of
     * MicroProfile Health.
     */
    void noticeProbe(@Observes ProcessAnnotatedType<? extends Probe> process) {
        discovered.add(process.getAnnotatedType().getJavaClass());
    }

    /** As {@link #noticeProbe}. */
    void noticeOutside(@Observes ProcessAnnotatedType<OutsideTransaction> process) {
        discovered.add(OutsideTransaction.class);
    }

    /** Wherever it was found, or was added below. */
    void takeOutside(@Observes ProcessManagedBean<OutsideTransaction> process) {
        outside = process.getBean();
    }

    /** Where our beans were not found they are added here; twice they would be two beans. Without MicroProfile Health there are no probes. */
    void addBeans(@Observes AfterTypeDiscovery discovery, BeanManager beans) {
        List<Class<?>> ours = new ArrayList<>(List.of(OutsideTransaction.class));
        if (hasHealth()) {
            ours.addAll(List.of(ReadinessProbe.class, LivenessProbe.class));
        } else {
            LOG.log(Level.INFO, "postevent: the server has no MicroProfile Health, so there are no health probes");
        }
        for (Class<?> type : ours) {
            if (!discovered.contains(type)) {
                discovery.addAnnotatedType(beans.createAnnotatedType(type), type.getName());
            }
        }
    }

    private static boolean hasHealth() {
        try {
            Class<?> unused = Class.forName(HEALTH, false, PosteventExtension.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** Takes {@code @Topic} observers from the container: {@code fire} shall publish and not call them. */
    void takeObserver(@Observes ProcessObserverMethod<?, ?> process, BeanManager beans) {
        Topic topic = topicOf(process.getObserverMethod().getObservedQualifiers());
        if (topic == null) {
            noticeObservers.take(process, beans, faults);
            return;
        }
        if (process.getObserverMethod().getBeanClass() == PosteventExtension.class) {
            return;
        }
        process.veto();
        if (process instanceof ProcessSyntheticObserverMethod) {
            faults.add("an observer of topic " + topic.value() + " that was added by an extension ("
                    + process.getObserverMethod().getBeanClass().getName()
                    + "): it would be called where an event is fired, once, and not for what comes from the topic. Write"
                    + " a method with @Observes @Topic and @Subscription");
            return;
        }
        TopicObserver observer = new ObserverRules(beans, faults)
                .check(process.getObserverMethod(), process.getAnnotatedMethod(), topic);
        if (observer != null) {
            observers.add(observer);
        }
    }

    /** What says something about events of a topic where there is no topic would be passed over in silence. */
    void refuseStrays(@Observes ProcessManagedBean<?> process) {
        AnnotatedType<?> type = process.getAnnotatedBeanClass();
        if (type.isAnnotationPresent(Topic.class) && !EventPublisher.class.isAssignableFrom(type.getJavaClass())) {
            faults.add(type.getJavaClass().getName()
                    + ": @Topic on a class that is no EventPublisher means nothing; it goes to"
                    + " the event parameter of an observer, or to an injected EventPublisher or Event");
        }
        for (AnnotatedMethod<?> method : type.getMethods()) {
            String where = TopicObserver.describe(method);
            if (method.getParameters().stream()
                    .anyMatch(parameter -> parameter.isAnnotationPresent(EventType.class) && !isOfTopic(parameter))) {
                faults.add(where
                        + ": @EventType on a parameter without @Observes @Topic, so it chooses nothing: name the topic there,"
                        + " too");
            }
            if (method.getParameters().stream().noneMatch(PosteventExtension::isOfTopic)) {
                for (Class<? extends Annotation> said : List.of(Subscription.class, Live.class)) {
                    if (method.isAnnotationPresent(said)) {
                        faults.add(where + ": @" + said.getSimpleName() + " on a method without "
                                + (said == Live.class ? "@ObservesAsync" : "@Observes")
                                + " @Topic, so no event would come: name the topic at the event parameter");
                    }
                }
            }
        }
    }

    /** A producer would make what postevent makes, for all topics at once, as the name of the topic does not bind. */
    void refuseProducer(@Observes ProcessProducerMethod<?, ?> process) {
        refuseProducer(process.getBean(), process.getAnnotatedProducerMethod().getJavaMember());
    }

    void refuseProducer(@Observes ProcessProducerField<?, ?> process) {
        refuseProducer(process.getBean(), process.getAnnotatedProducerField().getJavaMember());
    }

    private void refuseProducer(Bean<?> bean, Member member) {
        if (topicOf(bean.getQualifiers()) != null) {
            faults.add(member
                    + ": @Topic on a producer; postevent makes the publishers of all topics, and nothing else has a"
                    + " topic: leave it out");
        }
    }

    /** An observer whose bean cannot be made is a failure, and not an observer that is not there. */
    <X> void guardCreation(@Observes ProcessInjectionTarget<X> process) {
        AnnotatedType<X> type = process.getAnnotatedType();
        // the instances of an EJB are made by its own container, which throws what fails
        if (!isEjb(type) && type.getMethods().stream().anyMatch(PosteventExtension::observesTopic)) {
            process.setInjectionTarget(new GuardedCreation<>(type.getJavaClass(), process.getInjectionTarget()));
        }
    }

    private static boolean isEjb(AnnotatedType<?> type) {
        return type.getAnnotations().stream()
                .anyMatch(annotation -> annotation.annotationType().getName().startsWith("jakarta.ejb."));
    }

    private static boolean observesTopic(AnnotatedMethod<?> method) {
        return method.getParameters().stream().anyMatch(PosteventExtension::isOfTopic);
    }

    private static boolean isOfTopic(AnnotatedParameter<?> parameter) {
        return parameter.isAnnotationPresent(Topic.class)
                && (parameter.isAnnotationPresent(Observes.class)
                        || parameter.isAnnotationPresent(ObservesAsync.class));
    }

    /** Learns the topics that the application publishes to. */
    void learnTopic(@Observes ProcessInjectionPoint<?, ?> process) {
        InjectionPoint point = process.getInjectionPoint();
        Topic topic = topicOf(point.getQualifiers());
        if (topic == null) {
            return;
        }
        Type type = given(point.getType());
        Type raw = type instanceof ParameterizedType generic ? generic.getRawType() : type;
        if (raw != EventPublisher.class && raw != Event.class) {
            faults.add(point.getMember() + ": @Topic is for EventPublisher and Event, and for Instance and Provider of"
                    + " these, found " + point.getType().getTypeName());
        } else if (TopicName.isValid(topic.value())) {
            publishedTopics.add(new TopicName(topic.value()));
            learnPayload(point.getMember(), type);
        } else {
            faults.add(point.getMember() + ": the topic name '" + topic.value() + "' is not valid: "
                    + ObserverRules.TOPIC_NAME);
        }
    }

    /** What is injected; of an {@code Instance} or {@code Provider}, what it gives. */
    private static Type given(Type type) {
        return type instanceof ParameterizedType generic
                        && generic.getRawType() instanceof Class<?> raw
                        && Provider.class.isAssignableFrom(raw)
                ? generic.getActualTypeArguments()[0]
                : type;
    }

    /** The class of an {@code Event}; what is fired at it may be of a subclass, which is looked at then. */
    private void learnPayload(Member member, Type of) {
        if (of instanceof ParameterizedType event) {
            Type payload = event.getActualTypeArguments()[0];
            if (payload instanceof ParameterizedType generic) {
                payload = generic.getRawType();
            }
            if (payload instanceof Class<?> type && payloadTypes.add(type)) {
                PayloadShape shape = PayloadShape.of(type);
                // of one that others extend, the class of what is fired may say more
                List<String> wrong = canBeFired(type) ? shape.publishingFaults() : shape.faults();
                wrong.forEach(fault -> faults.add(member + ": " + fault));
            }
        }
    }

    private static boolean canBeFired(Class<?> type) {
        return type != Object.class
                && !CloudEvent.class.isAssignableFrom(type)
                && !type.isInterface()
                && !Modifier.isAbstract(type.getModifiers());
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

    /** Before other extensions: with this event WildFly's opens the health checks, which are asked from then on. */
    void validate(
            @Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) AfterDeploymentValidation validation,
            BeanManager beans) {
        // containers find beans in any order: what is said of them shall not change with it
        observers.sort(Comparator.comparing(TopicObserver::name)
                .thenComparing(TopicObserver::where)
                .thenComparing(observer -> observer.beanClass().getName()));
        for (int i = 1; i < observers.size(); i++) {
            TopicObserver one = observers.get(i - 1);
            TopicObserver other = observers.get(i);
            if (one.durable() && other.durable() && one.name().equals(other.name())) {
                faults.add(one.isSameMethodAs(other) ? inheritedTwice(one, other) : sameName(one, other));
            }
        }
        Container container = new Container(beans, outside, noticeObservers);
        runtime = Deployment.configure(observers, publishedTopics, delivery, container, faults);
        if (!faults.isEmpty()) {
            validation.addDeploymentProblem(new PosteventException(
                    "PSTEV20000",
                    "postevent found " + faults.size() + (faults.size() == 1 ? " fault" : " faults")
                            + " in this deployment:\n  - " + String.join("\n  - ", faults)));
        }
    }

    private static String sameName(TopicObserver one, TopicObserver other) {
        return one.where() + " and " + other.where() + " are both the subscription '" + one.name()
                + "'; give each a name of its own with @Subscription";
    }

    /** There is one annotation for both, so no other name can be given to it. */
    private static String inheritedTwice(TopicObserver one, TopicObserver other) {
        return one.declaredWhere() + " is an observer of two beans, "
                + one.beanClass().getName() + " and "
                + other.beanClass().getName() + ", which would both be the subscription '" + one.name()
                + "'. Override it in one of them, with a name of its own: the same annotations, with another"
                + " @Subscription, on a method that calls super. Or take it out of the class that they have in"
                + " common; if that is one of the two and shall not observe itself, make it abstract";
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
