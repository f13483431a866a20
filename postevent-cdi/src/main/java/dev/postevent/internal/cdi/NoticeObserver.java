package dev.postevent.internal.cdi;

import dev.postevent.Notice;
import jakarta.enterprise.context.ContextNotActiveException;
import jakarta.enterprise.inject.Any;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.enterprise.inject.spi.EventContext;
import jakarta.enterprise.inject.spi.EventMetadata;
import jakarta.enterprise.inject.spi.InjectionPoint;
import jakarta.enterprise.inject.spi.ObserverMethod;
import java.lang.annotation.Annotation;
import java.lang.reflect.Type;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An observer method of the application that observes notices.
 *
 * @param where it is in the code, for messages
 * @param kind that it observes: {@link Notice}, or one of them
 * @param scope of its bean; null: it needs none
 */
record NoticeObserver(
        String where,
        Class<?> kind,
        ObserverMethod<Object> method,
        @Nullable Class<? extends Annotation> scope) {

    /** Calls it. A container does not call one whose bean's scope is not active, and says nothing: so this is asked before. */
    void call(Notice notice, BeanManager beans) {
        if (scope != null) {
            try {
                beans.getContext(scope);
            } catch (ContextNotActiveException e) {
                throw new IllegalStateException(
                        "its bean has the scope @" + scope.getName()
                                + ", which is not active where notices are told. Make it @ApplicationScoped or @Dependent",
                        e);
            }
        }
        method.notify(new Context(notice));
    }

    /** A notice as the container would hand it over, had it been fired. */
    private record Context(Notice notice) implements EventContext<Object> {
        @Override
        public Object getEvent() {
            return notice;
        }

        @Override
        public EventMetadata getMetadata() {
            return new Metadata(notice.getClass());
        }
    }

    private record Metadata(Class<?> kind) implements EventMetadata {
        @Override
        public Set<Annotation> getQualifiers() {
            return Set.of(Any.Literal.INSTANCE);
        }

        @Override
        public @Nullable InjectionPoint getInjectionPoint() {
            return null;
        }

        @Override
        public Type getType() {
            return kind;
        }
    }
}
