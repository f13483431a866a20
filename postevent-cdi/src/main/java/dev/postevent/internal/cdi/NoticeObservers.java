package dev.postevent.internal.cdi;

import dev.postevent.Notice;
import jakarta.enterprise.context.RequestScoped;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.AnnotatedMethod;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.EventMetadata;
import jakarta.enterprise.inject.spi.ObserverMethod;
import jakarta.enterprise.inject.spi.ProcessObserverMethod;
import jakarta.enterprise.inject.spi.ProcessSyntheticObserverMethod;
import java.lang.annotation.Annotation;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The application's observers of notices, as the container finds them. They are called one by one and not by firing an event: one that
 * throws keeps none of the others from being called, and on a server whose extensions have a manager of another archive (Payara) that
 * need not find those of ours.
 */
final class NoticeObservers {
    private final List<NoticeObserver> found = new ArrayList<>();

    /** Remembers an observer of notices; what makes that it could not be called is added to {@code faults}. */
    @SuppressWarnings("unchecked") // it is called with what is of the type that it observes
    void take(ProcessObserverMethod<?, ?> process, BeanManager beans, List<String> faults) {
        ObserverMethod<?> observer = process.getObserverMethod();
        Class<?> kind = kind(observer.getObservedType());
        if (kind == null) {
            return;
        }
        AnnotatedMethod<?> method =
                process instanceof ProcessSyntheticObserverMethod ? null : process.getAnnotatedMethod();
        String where = method == null
                ? observer.getBeanClass().getName() + " (by an extension)"
                : TopicObserver.describe(method);
        Class<? extends Annotation> scope = method == null || method.isStatic()
                ? null
                : observer.getDeclaringBean().getScope();
        List<String> wrong = faults(observer, method, scope, beans);
        wrong.forEach(fault -> faults.add(where + ": observes notices of postevent " + fault));
        if (wrong.isEmpty()) {
            found.add(new NoticeObserver(where, kind, (ObserverMethod<Object>) observer, scope));
        }
    }

    private static @Nullable Class<?> kind(Type observed) {
        Type raw = observed instanceof ParameterizedType generic ? generic.getRawType() : observed;
        return raw instanceof Class<?> type && Notice.class.isAssignableFrom(type) ? type : null;
    }

    private static List<String> faults(
            ObserverMethod<?> observer,
            @Nullable AnnotatedMethod<?> method,
            @Nullable Class<? extends Annotation> scope,
            BeanManager beans) {
        List<String> wrong = new ArrayList<>();
        if (observer.isAsync()) {
            wrong.add("with @ObservesAsync; they are told on a thread of their own anyway: use @Observes");
        }
        Set<Annotation> qualifiers = observer.getObservedQualifiers();
        if (qualifiers.stream().anyMatch(qualifier -> !(qualifier instanceof Any))) {
            wrong.add("with qualifiers " + qualifiers + ", and notices have none: leave them out");
        }
        if (method != null
                && method.getParameters().stream()
                        .anyMatch(parameter -> parameter.getBaseType() == EventMetadata.class)) {
            wrong.add("and has a parameter EventMetadata, which notices do not have: leave it out");
        }
        if (scope != null && (scope == RequestScoped.class || beans.isPassivatingScope(scope))) {
            wrong.add("in a bean of the scope @" + scope.getSimpleName()
                    + ", which is not active where notices are told: make it @ApplicationScoped or @Dependent, and put"
                    + " @ActivateRequestContext or @Transactional at the method if it needs that");
        }
        return wrong;
    }

    /** In the order of their priority, as the container would call them. */
    List<NoticeObserver> all() {
        return found.stream()
                .sorted(Comparator.comparingInt(observer -> observer.method().getPriority()))
                .toList();
    }
}
