package dev.postevent.sample.fulfilment;

import dev.postevent.sample.Refusal;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.sql.SQLException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /shop/api/faults/{subscription}}: switches that make an observer fail or slow. */
@Path("faults")
@RequestScoped
@Produces(MediaType.APPLICATION_JSON)
public class FaultsResource {

    @Inject
    FaultSwitch faults;

    @Inject
    Effects effects;

    /** All faults that are switched on. */
    @GET
    public Map<String, Fault> all() throws SQLException {
        return faults.all();
    }

    /** Switches a fault on. */
    @PUT
    @Path("{subscription}")
    @Consumes(MediaType.APPLICATION_JSON)
    public Fault set(@PathParam("subscription") String subscription, @Nullable Fault wanted) throws SQLException {
        refuseUnknown(subscription);
        if (wanted == null) {
            throw Refusal.badRequest("a fault is expected: {\"failFor\": \"c-13\", \"slowMillis\": 0}");
        }
        int slowMillis = wanted.slowMillis() == null ? 0 : wanted.slowMillis();
        if (slowMillis < 0 || slowMillis > Fault.SLOW_MILLIS_MAX) {
            throw Refusal.badRequest("slowMillis must be from 0 to " + Fault.SLOW_MILLIS_MAX);
        }
        String failFor = wanted.failFor() == null || wanted.failFor().isEmpty() ? null : wanted.failFor();
        faults.set(subscription, failFor, slowMillis);
        return new Fault(failFor, slowMillis);
    }

    /** Heals. */
    @DELETE
    @Path("{subscription}")
    public void heal(@PathParam("subscription") String subscription) throws SQLException {
        refuseUnknown(subscription);
        faults.heal(subscription);
    }

    private void refuseUnknown(String subscription) {
        if (!effects.knows(subscription)) {
            throw Refusal.notFound("there is no subscription " + subscription);
        }
    }
}
