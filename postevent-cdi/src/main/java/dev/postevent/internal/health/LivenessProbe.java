package dev.postevent.internal.health;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;

/** Down only where a restart of the server would help; a database that is away is not that. */
@Liveness
@ApplicationScoped
public class LivenessProbe implements HealthCheck, Probe {
    @Inject
    Pulse pulse;

    @Override
    public HealthCheckResponse call() {
        String dead = pulse.dead();
        Disclosure disclosure = pulse.disclosure();
        HealthCheckResponseBuilder response = HealthCheckResponse.named("postevent")
                .withData("application", pulse.application())
                .status(dead == null);
        if (disclosure.tellsAll()) {
            response.withData("node", pulse.node());
        }
        if (disclosure.tellsFaults() && dead != null) {
            response.withData("dead", dead);
        }
        return response.build();
    }
}
