package dev.postevent.sample.fulfilment;

import dev.postevent.sample.Refusal;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.sql.SQLException;
import java.util.List;

/** {@code /shop/api/effects/{subscription}}: what an observer wrote. */
@Path("effects")
@RequestScoped
@Produces(MediaType.APPLICATION_JSON)
public class EffectsResource {
    private static final int LIMIT_MAX = 100_000;

    @Inject
    Effects effects;

    /** Rows with a running number greater than {@code after}. */
    @GET
    @Path("{subscription}")
    public List<Effect> after(
            @PathParam("subscription") String subscription,
            @QueryParam("after") @DefaultValue("0") long after,
            @QueryParam("limit") @DefaultValue("1000") int limit)
            throws SQLException {
        if (!effects.knows(subscription)) {
            throw Refusal.notFound("there is no subscription " + subscription);
        }
        if (limit < 1 || limit > LIMIT_MAX) {
            throw Refusal.badRequest("limit must be from 1 to " + LIMIT_MAX);
        }
        return effects.after(subscription, after, limit);
    }
}
