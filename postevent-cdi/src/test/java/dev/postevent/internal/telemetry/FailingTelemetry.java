package dev.postevent.internal.telemetry;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.TracerProvider;
import io.opentelemetry.context.propagation.ContextPropagators;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.Extension;

/** A server whose OpenTelemetry is there, and fails at the first span. */
final class FailingTelemetry implements Extension {

    void add(@Observes AfterBeanDiscovery discovery) {
        discovery
                .<OpenTelemetry>addBean()
                .beanClass(FailingTelemetry.class)
                .types(OpenTelemetry.class, Object.class)
                .scope(Dependent.class)
                .createWith(context -> new OpenTelemetry() {
                    @Override
                    public TracerProvider getTracerProvider() {
                        return new TracerProvider() {
                            @Override
                            public Tracer get(String name) {
                                return span -> {
                                    throw new NullPointerException("not on this thread");
                                };
                            }

                            @Override
                            public Tracer get(String name, String version) {
                                return get(name);
                            }
                        };
                    }

                    @Override
                    public ContextPropagators getPropagators() {
                        return ContextPropagators.noop();
                    }
                });
    }
}
