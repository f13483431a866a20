package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import jakarta.enterprise.context.ContextNotActiveException;
import jakarta.enterprise.context.spi.CreationalContext;
import jakarta.enterprise.inject.spi.InjectionPoint;
import jakarta.enterprise.inject.spi.InjectionTarget;
import java.util.Set;

/**
 * Makes the instances of a bean with observers, and says so if that fails because some other bean's scope is not active: a container
 * takes that exception for "the observer's own scope is not active", which means to it that there is nothing to call.
 */
final class GuardedCreation<X> implements InjectionTarget<X> {
    private final Class<?> beanClass;
    private final InjectionTarget<X> container;

    GuardedCreation(Class<?> beanClass, InjectionTarget<X> container) {
        this.beanClass = beanClass;
        this.container = container;
    }

    @Override
    public X produce(CreationalContext<X> context) {
        try {
            return container.produce(context);
        } catch (ContextNotActiveException e) {
            throw notMade(e);
        }
    }

    @Override
    public void inject(X instance, CreationalContext<X> context) {
        try {
            container.inject(instance, context);
        } catch (ContextNotActiveException e) {
            throw notMade(e);
        }
    }

    @Override
    public void postConstruct(X instance) {
        try {
            container.postConstruct(instance);
        } catch (ContextNotActiveException e) {
            throw notMade(e);
        }
    }

    private RuntimeException notMade(ContextNotActiveException e) {
        return CurrentDelivery.isUnderWay()
                ? new PosteventException(
                        "PSTEV20015",
                        "cannot call an observer of " + beanClass.getName()
                                + ": making the bean needs another one whose scope is not active where events are"
                                + " delivered: " + e.getMessage(),
                        e)
                : e;
    }

    @Override
    public void preDestroy(X instance) {
        container.preDestroy(instance);
    }

    @Override
    public void dispose(X instance) {
        container.dispose(instance);
    }

    @Override
    public Set<InjectionPoint> getInjectionPoints() {
        return container.getInjectionPoints();
    }
}
