package dev.postevent.internal.cdi;

import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.context.NormalScope;
import jakarta.enterprise.inject.Stereotype;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.BeanManager;
import jakarta.inject.Scope;
import jakarta.interceptor.InterceptorBinding;
import java.lang.annotation.Annotation;
import java.lang.reflect.Proxy;
import java.util.Set;

/** What the rules of observers ask a container, answered by the annotations alone. */
final class ReflectedBeans {
    private ReflectedBeans() {}

    /** Whoever asks it for anything else is told that there is no container. */
    static BeanManager manager() {
        return answering(BeanManager.class, (name, arguments) -> {
            Class<?> asked = arguments.length == 1 && arguments[0] instanceof Class<?> type ? type : Object.class;
            return switch (name) {
                case "isPassivatingScope" -> {
                    NormalScope scope = asked.getAnnotation(NormalScope.class);
                    yield scope != null && scope.passivating();
                }
                case "isStereotype" -> asked.isAnnotationPresent(Stereotype.class);
                case "isInterceptorBinding" -> asked.isAnnotationPresent(InterceptorBinding.class);
                case "getStereotypeDefinition", "getInterceptorBindingDefinition" -> Set.of(asked.getAnnotations());
                case "createAnnotatedType" -> new Reflected.OfType<>(asked);
                default -> throw new UnsupportedOperationException("there is no container here to ask for " + name);
            };
        });
    }

    /** A bean of which nothing is known but its scope. */
    static Bean<?> of(Class<?> type) {
        Class<? extends Annotation> scope = scope(type.getAnnotations());
        return answering(Bean.class, (name, arguments) -> {
            if (name.equals("getScope")) {
                return scope;
            }
            throw new UnsupportedOperationException("there is no container here to ask a bean for " + name);
        });
    }

    private static Class<? extends Annotation> scope(Annotation[] annotations) {
        for (Annotation annotation : annotations) {
            Class<? extends Annotation> type = annotation.annotationType();
            if (type.isAnnotationPresent(Scope.class) || type.isAnnotationPresent(NormalScope.class)) {
                return type;
            }
        }
        for (Annotation annotation : annotations) {
            if (annotation.annotationType().isAnnotationPresent(Stereotype.class)) {
                return scope(annotation.annotationType().getAnnotations());
            }
        }
        return Dependent.class;
    }

    private interface Answers {
        Object to(String name, Object[] arguments);
    }

    private static <T> T answering(Class<T> type, Answers answers) {
        return type.cast(Proxy.newProxyInstance(
                type.getClassLoader(),
                new Class<?>[] {type},
                (proxy, method, arguments) ->
                        answers.to(method.getName(), arguments == null ? new Object[0] : arguments)));
    }
}
