package dev.postevent.internal.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.StatusReport;
import dev.postevent.Subscriptions;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.spi.HealthCheckResponseProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ProbesTest {
    /** What a server puts answers together with. */
    private static final class Answer extends HealthCheckResponseBuilder {
        private final Map<String, Object> data = new TreeMap<>();
        private String name = "";
        private boolean up;

        @Override
        public HealthCheckResponseBuilder name(String of) {
            name = of;
            return this;
        }

        @Override
        public HealthCheckResponseBuilder withData(String key, String value) {
            data.put(key, value);
            return this;
        }

        @Override
        public HealthCheckResponseBuilder withData(String key, long value) {
            data.put(key, value);
            return this;
        }

        @Override
        public HealthCheckResponseBuilder withData(String key, boolean value) {
            data.put(key, value);
            return this;
        }

        @Override
        public HealthCheckResponseBuilder up() {
            return status(true);
        }

        @Override
        public HealthCheckResponseBuilder down() {
            return status(false);
        }

        @Override
        public HealthCheckResponseBuilder status(boolean is) {
            up = is;
            return this;
        }

        @Override
        public HealthCheckResponse build() {
            return new HealthCheckResponse(
                    name, up ? HealthCheckResponse.Status.UP : HealthCheckResponse.Status.DOWN, Optional.of(data));
        }
    }

    private static final Pulse PULSE = new Pulse() {
        @Override
        public String application() {
            return "shop";
        }

        @Override
        public String node() {
            return "node1";
        }

        @Override
        public boolean isReady(StatusReport report) {
            return true;
        }

        @Override
        public String dead() {
            return null;
        }
    };

    @BeforeAll
    static void serverIsThere() {
        HealthCheckResponse.setResponseProvider(new HealthCheckResponseProvider() {
            @Override
            public HealthCheckResponseBuilder createResponseBuilder() {
                return new Answer();
            }
        });
    }

    @AfterAll
    static void serverIsGone() {
        HealthCheckResponse.setResponseProvider(null);
    }

    /** A server may have several applications, and their checks have one name. */
    @Test
    void tellsWhoseAnswerItIs() {
        LivenessProbe live = new LivenessProbe();
        live.pulse = PULSE;
        ReadinessProbe ready = new ReadinessProbe();
        ready.pulse = PULSE;
        ready.subscriptions = (Subscriptions) Proxy.newProxyInstance(
                ProbesTest.class.getClassLoader(),
                new Class<?>[] {Subscriptions.class},
                (self, method, values) -> new StatusReport(
                        "node1", List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), List.of()));

        for (HealthCheckResponse answer : List.of(live.call(), ready.call())) {
            assertThat(answer.getData()).hasValue(Map.of("application", "shop", "node", "node1"));
        }
    }
}
