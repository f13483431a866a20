package dev.postevent.internal.cdi;

import io.cloudevents.CloudEvent;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import jakarta.json.bind.JsonbException;
import java.net.URI;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** JSON-B as an application has it, and what it makes of payloads. */
public final class SimulatedJson {
    private static final Instant NO_TIME_IN_PARTICULAR = Instant.parse("2000-01-01T00:00:00Z");

    private final Payloads payloads = new Payloads(URI.create("/simulation"), this::get, () -> NO_TIME_IN_PARTICULAR);

    private @Nullable Jsonb made;

    /**
     * Made when it is needed first.
     *
     * @throws IllegalStateException if there is no implementation
     */
    Jsonb get() {
        Jsonb jsonb = made;
        if (jsonb == null) {
            try {
                jsonb = JsonbBuilder.create();
            } catch (JsonbException e) {
                throw new IllegalStateException(
                        "no implementation of JSON-B is on the class path of this test (on a server it is the server's), and"
                                + " payloads are made with it: add one in the scope test, org.eclipse:yasson for one ("
                                + e.getMessage() + ")",
                        e);
            }
            made = jsonb;
        }
        return jsonb;
    }

    /** The event that firing {@code payload} publishes. */
    public CloudEvent event(Object payload) {
        return payloads.fired(payload);
    }
}
