package dev.postevent.internal.cdi;

import dev.postevent.Delivery;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.simulation.Observing;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.event.ObserverException;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.event.Reception;
import jakarta.enterprise.event.TransactionPhase;
import jakarta.enterprise.inject.spi.AnnotatedParameter;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.EventContext;
import jakarta.enterprise.inject.spi.ObserverMethod;
import jakarta.inject.Qualifier;
import java.lang.annotation.Annotation;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A durable observer method of a bean, checked as at deployment and called as by a container, of which there is none. */
public final class SimulatedObserver implements Observing {
    private final TopicObserver observer;
    private final SimulatedJson json;

    private SimulatedObserver(TopicObserver observer, SimulatedJson json) {
        this.observer = observer;
        this.json = json;
    }

    /**
     * The durable observers of a class.
     *
     * @throws IllegalArgumentException if there is none, or one that could not be deployed or not be called; it names all of them
     */
    public static List<SimulatedObserver> of(Class<?> type, SimulatedJson json) {
        List<SimulatedObserver> found = new ArrayList<>();
        List<String> faults = new ArrayList<>();
        for (Method method : methods(type)) {
            Parameter observed = observed(method);
            if (observed == null) {
                if (method.isAnnotationPresent(Subscription.class)) {
                    faults.add(describe(method)
                            + ": @Subscription on a method without @Observes @Topic, so no event would come: name the"
                            + " topic at the event parameter");
                }
                continue;
            }
            TopicObserver checked = check(type, method, observed, faults);
            if (checked != null) {
                found.add(new SimulatedObserver(checked, json));
            }
        }
        if (found.isEmpty() && faults.isEmpty()) {
            faults.add(type.getName()
                    + " has no durable observer: a method with @Subscription whose event parameter has @Observes @Topic."
                    + " (Live observers, with @ObservesAsync, are not simulated: nothing of them is promised.)");
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(
                    "cannot simulate " + type.getName() + ":\n  - " + String.join("\n  - ", faults));
        }
        return found;
    }

    private static @Nullable TopicObserver check(
            Class<?> type, Method method, Parameter observed, List<String> faults) {
        int before = faults.size();
        Reflected.OfMethod<?> declaration = new Reflected.OfMethod<>(method, method.getDeclaringClass());
        TopicObserver checked = new ObserverRules(ReflectedBeans.manager(), faults)
                .check(new Called(type, declaration, observed, null), declaration, observed.topic());
        for (AnnotatedParameter<?> parameter : declaration.getParameters()) {
            if (parameter.getPosition() != observed.position() && parameter.getBaseType() != Delivery.class) {
                faults.add(describe(method) + ": its parameter " + (parameter.getPosition() + 1) + ", a "
                        + parameter.getBaseType().getTypeName()
                        + ", is filled by the container, and there is none here: have it injected into the constructor or"
                        + " a field, and hand it over where the simulation makes the bean");
            }
        }
        try {
            method.setAccessible(true);
        } catch (InaccessibleObjectException e) {
            faults.add(describe(method) + ": cannot be called: " + e.getMessage());
        }
        return faults.size() > before ? null : checked;
    }

    /** Those of superclasses, too, as far as they are not overridden; in an order that is always the same. */
    private static List<Method> methods(Class<?> type) {
        List<Method> methods = new ArrayList<>();
        Set<String> below = new HashSet<>();
        for (Class<?> at = type; at != null && at != Object.class; at = at.getSuperclass()) {
            List<Method> declared = Arrays.stream(at.getDeclaredMethods())
                    .filter(method -> !method.isBridge() && !method.isSynthetic())
                    .sorted((one, other) -> one.toString().compareTo(other.toString()))
                    .toList();
            for (Method method : declared) {
                boolean own = (method.getModifiers() & (Modifier.PRIVATE | Modifier.STATIC)) != 0;
                if (own || !below.contains(signature(method))) {
                    methods.add(method);
                }
            }
            declared.forEach(method -> below.add(signature(method)));
        }
        return methods;
    }

    private static String signature(Method method) {
        return Arrays.stream(method.getParameterTypes())
                .map(Class::getName)
                .collect(Collectors.joining(", ", method.getName() + "(", ")"));
    }

    private static String describe(Method method) {
        return method.getDeclaringClass().getName() + "." + method.getName() + "()";
    }

    /** Where a method has its event. */
    private record Parameter(int position, Observes observes, Topic topic) {}

    private static @Nullable Parameter observed(Method method) {
        for (int i = 0; i < method.getParameterCount(); i++) {
            Observes observes = method.getParameters()[i].getAnnotation(Observes.class);
            Topic topic = method.getParameters()[i].getAnnotation(Topic.class);
            if (observes != null && topic != null) {
                return new Parameter(i, observes, topic);
            }
        }
        return null;
    }

    @Override
    public String name() {
        return observer.name();
    }

    @Override
    public String topic() {
        return observer.topic().value();
    }

    @Override
    public boolean wants(String type) {
        return observer.wants(type);
    }

    @Override
    public String wanted() {
        return observer.types().isEmpty() ? "events of every type" : "events of the types " + observer.types();
    }

    @Override
    public boolean takesLists() {
        return observer.takes().list();
    }

    /** Finds out before anything is simulated what it needs and is not there. */
    @Override
    public void prepare() {
        if (!observer.takes().payloadType().isAssignableFrom(CloudEvent.class)
                && observer.takes().payloadType() != byte[].class) {
            json.get();
        }
    }

    @Override
    public void handle(Object life, Delivery delivery) throws Exception {
        if (observer.takes().list()) {
            handleAll(life, List.of(delivery.event()));
            return;
        }
        SimulatedDelivery.during(delivery, () -> on(life).call(delivery.event(), json::get));
    }

    @Override
    public void handleAll(Object life, List<CloudEvent> events) throws Exception {
        SimulatedDelivery.duringList(name(), () -> on(life).callWithAll(events, json::get));
    }

    /** The observer of this bean. */
    private TopicObserver on(Object bean) {
        return new TopicObserver(
                observer.name(),
                observer.topic(),
                observer.durable(),
                observer.takes(),
                observer.types(),
                observer.scope(),
                ((Called) observer.method()).on(bean),
                observer.declaration());
    }

    /**
     * Calls the method.
     *
     * @param bean null: it is only looked at
     */
    private record Called(
            Class<?> type,
            Reflected.OfMethod<?> declaration,
            Parameter observed,
            @Nullable Object bean) implements ObserverMethod<Object> {

        Called on(Object other) {
            return new Called(type, declaration, observed, other);
        }

        @Override
        public void notify(EventContext<Object> context) {
            Method method = declaration.getJavaMember();
            Object[] arguments = new Object[method.getParameterCount()];
            Arrays.fill(arguments, SimulatedDelivery.injected());
            arguments[observed.position()] = context.getEvent();
            try {
                method.invoke(bean, arguments);
            } catch (InvocationTargetException e) {
                Throwable thrown = e.getTargetException();
                if (thrown instanceof RuntimeException unchecked) {
                    throw unchecked;
                }
                if (thrown instanceof Error error) {
                    throw error;
                }
                throw new ObserverException(thrown); // as CDI has it
            } catch (IllegalAccessException e) {
                throw new IllegalStateException("cannot call " + describe(method), e);
            }
        }

        @Override
        public Class<?> getBeanClass() {
            return type;
        }

        @Override
        public Bean<?> getDeclaringBean() {
            return ReflectedBeans.of(type);
        }

        @Override
        public Type getObservedType() {
            return declaration.getParameters().get(observed.position()).getBaseType();
        }

        @Override
        public Set<Annotation> getObservedQualifiers() {
            return declaration.getParameters().get(observed.position()).getAnnotations().stream()
                    .filter(one -> one.annotationType().isAnnotationPresent(Qualifier.class))
                    .collect(Collectors.toSet());
        }

        @Override
        public Reception getReception() {
            return observed.observes().notifyObserver();
        }

        @Override
        public TransactionPhase getTransactionPhase() {
            return observed.observes().during();
        }

        @Override
        public boolean isAsync() {
            return false;
        }
    }
}
