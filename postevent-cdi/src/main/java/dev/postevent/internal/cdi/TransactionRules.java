package dev.postevent.internal.cdi;

import jakarta.enterprise.inject.spi.AnnotatedMethod;
import jakarta.enterprise.inject.spi.AnnotatedType;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.ObserverMethod;
import jakarta.transaction.Transactional;
import java.lang.annotation.Annotation;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Whether an observer works in the transaction that it is called in and has done its work when it returns: the one that counts the
 * event as handled. What it is annotated with is all that can be seen.
 *
 * <p>Annotations of optional APIs are found by name. Those of EJB hold for the class that declares the method, those of CDI for the
 * class of the bean, through stereotypes and other interceptor bindings, too.
 */
final class TransactionRules {
    private static final String TRANSACTIONAL = Transactional.class.getName();
    private static final String EJB_ATTRIBUTE = "jakarta.ejb.TransactionAttribute";
    private static final String EJB_MANAGEMENT = "jakarta.ejb.TransactionManagement";
    private static final List<String> ASYNCHRONOUS = List.of(
            "jakarta.ejb.Asynchronous",
            "jakarta.enterprise.concurrent.Asynchronous",
            "org.eclipse.microprofile.faulttolerance.Asynchronous");
    private static final Set<String> OUTSIDE = Set.of("REQUIRES_NEW", "NOT_SUPPORTED");

    private final BeanManager beans;

    TransactionRules(BeanManager beans) {
        this.beans = beans;
    }

    /**
     * What is wrong with {@code method}.
     *
     * @param atLeastOnce the application says that it knows what a transaction of the observer's own means
     */
    List<String> faults(ObserverMethod<?> observer, AnnotatedMethod<?> method, boolean atLeastOnce) {
        Map<String, Annotation> holding = holding(observer, method);
        List<String> transactions = Stream.of(holding.get(TRANSACTIONAL), holding.get(EJB_ATTRIBUTE))
                .filter(annotation -> annotation != null)
                .map(annotation -> value(annotation))
                .toList();
        if (observer.isAsync()) {
            return transactions.contains("MANDATORY")
                    ? List.of("has the transaction attribute MANDATORY, but a live observer is called outside of any"
                            + " transaction, so each call would fail: leave it out")
                    : List.of();
        }
        List<String> faults = new ArrayList<>();
        if (transactions.contains("NEVER")) {
            faults.add("has the transaction attribute NEVER, but a durable observer is called in a transaction, so each"
                    + " call would fail: leave it out");
        }
        if (!atLeastOnce) {
            transactions.stream()
                    .filter(OUTSIDE::contains)
                    .findFirst()
                    .ifPresent(attribute -> faults.add("has the transaction attribute " + attribute + outside()));
            Annotation management = holding.get(EJB_MANAGEMENT);
            if (management != null && value(management).equals("BEAN")) {
                faults.add("is in an EJB that manages its transactions itself" + outside());
            }
        }
        for (String name : ASYNCHRONOUS) {
            if (holding.containsKey(name)) {
                faults.add("is @" + name
                        + ": its event would count as handled before the observer has run, and be lost with this node."
                        + " Leave that out; a durable observer is called on a thread of postevent anyway");
            }
        }
        Class<?> returned = method.getJavaMember().getReturnType();
        if (CompletionStage.class.isAssignableFrom(returned)
                || Future.class.isAssignableFrom(returned)
                || Flow.Publisher.class.isAssignableFrom(returned)) {
            faults.add("returns a " + returned.getName()
                    + ", for which nobody waits: its event would count as handled before the work is done. Do the work"
                    + " before it returns, and return nothing");
        }
        return faults;
    }

    private static String outside() {
        return ": what it does is outside of the transaction that counts the event as handled, so that a failure between"
                + " the two has it done twice. Leave it out, or say that you know, and make it idempotent, with"
                + " @Subscription(value = ..., atLeastOnce = true)";
    }

    /** The annotations that hold for calls of {@code method}, by name. */
    private Map<String, Annotation> holding(ObserverMethod<?> observer, AnnotatedMethod<?> method) {
        Map<String, Annotation> holding = new HashMap<>();
        add(method.getAnnotations(), holding);
        Class<?> declaring = method.getJavaMember().getDeclaringClass();
        for (Annotation annotation : declaring.getAnnotations()) {
            if (annotation.annotationType().getName().equals(EJB_ATTRIBUTE)) {
                holding.putIfAbsent(EJB_ATTRIBUTE, annotation);
            }
        }
        // interceptors reach neither private nor static methods, whatever their class says
        if ((method.getJavaMember().getModifiers() & (Modifier.PRIVATE | Modifier.STATIC)) == 0) {
            Set<Annotation> ofClass =
                    new java.util.HashSet<>(beanType(observer, method).getAnnotations());
            ofClass.removeIf(one -> one.annotationType().getName().equals(EJB_ATTRIBUTE));
            add(ofClass, holding);
        }
        return holding;
    }

    private AnnotatedType<?> beanType(ObserverMethod<?> observer, AnnotatedMethod<?> method) {
        Class<?> beanClass = observer.getBeanClass();
        return method.getDeclaringType().getJavaClass() == beanClass
                ? method.getDeclaringType()
                : beans.createAnnotatedType(beanClass);
    }

    /** Adds what is not there yet, itself before what it stands for. */
    private void add(Set<Annotation> annotations, Map<String, Annotation> holding) {
        List<Class<? extends Annotation>> added = new ArrayList<>();
        for (Annotation annotation : annotations) {
            if (holding.putIfAbsent(annotation.annotationType().getName(), annotation) == null) {
                added.add(annotation.annotationType());
            }
        }
        for (Class<? extends Annotation> type : added) {
            if (beans.isStereotype(type)) {
                add(beans.getStereotypeDefinition(type), holding);
            } else if (beans.isInterceptorBinding(type)) {
                add(beans.getInterceptorBindingDefinition(type), holding);
            }
        }
    }

    private static String value(Annotation annotation) {
        try {
            return String.valueOf(annotation.annotationType().getMethod("value").invoke(annotation));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + annotation, e);
        }
    }
}
