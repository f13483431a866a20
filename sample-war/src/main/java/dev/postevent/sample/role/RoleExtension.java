package dev.postevent.sample.role;

import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.enterprise.inject.spi.ProcessAnnotatedType;
import jakarta.enterprise.inject.spi.WithAnnotations;

/** Leaves out beans of other roles. */
public class RoleExtension implements Extension {
    private final Role role = Role.here();

    void leaveOut(@Observes @WithAnnotations(OnlyIn.class) ProcessAnnotatedType<?> bean) {
        if (bean.getAnnotatedType().getAnnotation(OnlyIn.class).value() != role) {
            bean.veto();
        }
    }
}
