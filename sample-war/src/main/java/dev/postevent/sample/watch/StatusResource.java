package dev.postevent.sample.watch;

import dev.postevent.Subscriptions;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;

/** {@code /shop/api/status}. */
@Path("status")
@RequestScoped
@Produces(MediaType.APPLICATION_JSON)
public class StatusResource {

    @Inject
    Subscriptions subscriptions;

    /** Feeds, topics, subscriptions and faults of this node. */
    @GET
    public StatusView status() {
        return StatusView.of(subscriptions.report());
    }
}
