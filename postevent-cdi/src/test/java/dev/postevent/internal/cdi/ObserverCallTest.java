package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.spi.LogEntry;
import jakarta.enterprise.inject.spi.BeanManager;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

class ObserverCallTest {
    /** What was activated before it failed would stay with the thread. */
    @Test
    void whatCannotBeMadeAnEventFailsBeforeAContextIsBegun() {
        BeanManager untouched = (BeanManager) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {BeanManager.class}, (proxy, method, arguments) -> {
                    throw new AssertionError("the container was asked: " + method.getName());
                });
        LogEntry none = LogEntry.at(7)
                .kind('v')
                .id("void-7")
                .source("urn:postevent:void")
                .type("postevent.void")
                .build();

        assertThatThrownBy(() -> new ObserverCall(null, new CurrentDelivery(), untouched, () -> null, null)
                        .handle(none, 1, false, false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("position 7 is void");
    }
}
