package dev.postevent.internal.cdi;

import jakarta.enterprise.inject.spi.Annotated;
import jakarta.enterprise.inject.spi.AnnotatedCallable;
import jakarta.enterprise.inject.spi.AnnotatedConstructor;
import jakarta.enterprise.inject.spi.AnnotatedField;
import jakarta.enterprise.inject.spi.AnnotatedMethod;
import jakarta.enterprise.inject.spi.AnnotatedParameter;
import jakarta.enterprise.inject.spi.AnnotatedType;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A class and its methods as a container without extensions shows them: by what is written there. */
abstract class Reflected implements Annotated {
    private final AnnotatedElement element;
    private final Type type;

    Reflected(AnnotatedElement element, Type type) {
        this.element = element;
        this.type = type;
    }

    @Override
    public Type getBaseType() {
        return type;
    }

    @Override
    public Set<Type> getTypeClosure() {
        return Set.of(type);
    }

    @Override
    public <T extends Annotation> @Nullable T getAnnotation(Class<T> annotation) {
        return element.getAnnotation(annotation);
    }

    @Override
    public <T extends Annotation> Set<T> getAnnotations(Class<T> annotation) {
        return Set.of(element.getAnnotationsByType(annotation));
    }

    @Override
    public Set<Annotation> getAnnotations() {
        return Set.of(element.getAnnotations());
    }

    @Override
    public boolean isAnnotationPresent(Class<? extends Annotation> annotation) {
        return element.isAnnotationPresent(annotation);
    }

    /** Nobody asks a class for what is in it: who looks at a method has it. */
    static final class OfType<X> extends Reflected implements AnnotatedType<X> {
        private final Class<X> type;

        OfType(Class<X> type) {
            super(type, type);
            this.type = type;
        }

        @Override
        public Class<X> getJavaClass() {
            return type;
        }

        @Override
        public Set<AnnotatedConstructor<X>> getConstructors() {
            throw new UnsupportedOperationException("constructors of " + type);
        }

        @Override
        public Set<AnnotatedMethod<? super X>> getMethods() {
            throw new UnsupportedOperationException("methods of " + type);
        }

        @Override
        public Set<AnnotatedField<? super X>> getFields() {
            throw new UnsupportedOperationException("fields of " + type);
        }

        @Override
        public <T extends Annotation> Set<T> getAnnotations(Class<T> annotation) {
            return super.getAnnotations(annotation);
        }
    }

    /** A method, which is the declaring class's. */
    static final class OfMethod<X> extends Reflected implements AnnotatedMethod<X> {
        private final Method method;
        private final AnnotatedType<X> declaring;
        private final List<AnnotatedParameter<X>> parameters = new ArrayList<>();

        OfMethod(Method method, Class<X> declaring) {
            super(method, method.getGenericReturnType());
            this.method = method;
            this.declaring = new OfType<>(declaring);
            for (int i = 0; i < method.getParameterCount(); i++) {
                parameters.add(new OfParameter<>(this, method.getParameters()[i], i));
            }
        }

        @Override
        public Method getJavaMember() {
            return method;
        }

        @Override
        public boolean isStatic() {
            return Modifier.isStatic(method.getModifiers());
        }

        @Override
        public AnnotatedType<X> getDeclaringType() {
            return declaring;
        }

        @Override
        public List<AnnotatedParameter<X>> getParameters() {
            return List.copyOf(parameters);
        }

        @Override
        public <T extends Annotation> Set<T> getAnnotations(Class<T> annotation) {
            return super.getAnnotations(annotation);
        }
    }

    private static final class OfParameter<X> extends Reflected implements AnnotatedParameter<X> {
        private final AnnotatedCallable<X> callable;
        private final int position;

        OfParameter(AnnotatedCallable<X> callable, Parameter parameter, int position) {
            super(parameter, parameter.getParameterizedType());
            this.callable = callable;
            this.position = position;
        }

        @Override
        public int getPosition() {
            return position;
        }

        @Override
        public AnnotatedCallable<X> getDeclaringCallable() {
            return callable;
        }

        @Override
        public <T extends Annotation> Set<T> getAnnotations(Class<T> annotation) {
            return super.getAnnotations(annotation);
        }
    }
}
