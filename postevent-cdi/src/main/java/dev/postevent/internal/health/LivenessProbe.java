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
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("postevent").status(dead == null);
        HealthData data = new HealthData(response).text(HealthKey.APPLICATION, pulse.application());
        if (disclosure.tellsAll()) {
            data.text(HealthKey.NODE, pulse.node());
        }
        if (disclosure.tellsFaults()) {
            data.text(HealthKey.DEAD, dead);
        }
        return response.build();
    }
}
