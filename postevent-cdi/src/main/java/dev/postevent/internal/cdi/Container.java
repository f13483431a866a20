package dev.postevent.internal.cdi;

import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.spi.Bean;
import jakarta.enterprise.inject.spi.BeanManager;
import org.jspecify.annotations.Nullable;

/**
 * The container, and the bean of ours in it that we call. It is not looked up by its type: on a server whose extensions have a manager of
 * another archive (Payara) that finds none of ours.
 *
 * @param outside null: it was found nowhere
 * @param notices who observes notices in it
 */
record Container(BeanManager beans, @Nullable Bean<?> outside, NoticeObservers notices) {

    /** The one bean of a type; null: there is none, or more than one. */
    @Nullable
    Object find(Class<?> type) {
        Instance<?> found = beans.createInstance().select(type);
        return found.isResolvable() ? found.get() : null;
    }

    OutsideTransaction outsideTransaction() {
        if (outside == null) {
            throw new IllegalStateException("the container has no bean of " + OutsideTransaction.class.getName());
        }
        return (OutsideTransaction)
                beans.getReference(outside, OutsideTransaction.class, beans.createCreationalContext(outside));
    }
}
