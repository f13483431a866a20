package dev.postevent.sample.watch;

import dev.postevent.Operator;
import dev.postevent.Subscriptions;
import dev.postevent.sample.Refusal;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import java.security.Principal;
import java.util.List;

/** {@code /shop/api/subscriptions/{name}}: look closer, pause, repair. */
@Path("subscriptions/{name}")
@RequestScoped
@Produces(MediaType.APPLICATION_JSON)
public class SubscriptionsResource {
    private static final int HELD_MAX = 10_000;

    @PathParam("name")
    String name = "";

    @Inject
    Subscriptions subscriptions;

    @Inject
    ParkedAlarm alarm;

    /** The answer of {@code explain}. */
    public record Explanation(String subscription, String explanation, String next) {}

    /** Events that wait, stand behind one that waits, or are parked. */
    @GET
    @Path("held")
    public List<HeldView> held(@QueryParam("limit") @DefaultValue("100") int limit) {
        if (limit < 1 || limit > HELD_MAX) {
            throw Refusal.badRequest("limit must be from 1 to " + HELD_MAX);
        }
        return HeldView.of(subscriptions.held(known(), limit));
    }

    /** Why it is where it is. */
    @GET
    @Path("explanation")
    public Explanation explain() {
        Subscriptions.Explanation why = subscriptions.explain(known());
        return new Explanation(name, why.sentence(), why.next());
    }

    /** Positions of what this node was told to be parked lately. */
    @GET
    @Path("alarms")
    public List<Long> alarms() {
        return alarm.latest(known());
    }

    /** Gives a parked event a new set of attempts. */
    @POST
    @Path("parked/{position: \\d{1,18}}/retry")
    public void retry(@PathParam("position") long position, @Context SecurityContext security) {
        subscriptions.retry(known(), position, visitor(security));
    }

    /** Gives a parked event up. */
    @POST
    @Path("parked/{position: \\d{1,18}}/skip")
    public void skip(@PathParam("position") long position, @Context SecurityContext security) {
        subscriptions.skip(known(), position, visitor(security));
    }

    /** Stops handing events to it. */
    @POST
    @Path("pause")
    public void pause(@Context SecurityContext security) {
        subscriptions.pause(known(), visitor(security));
    }

    /** Goes on. */
    @POST
    @Path("resume")
    public void resume(@Context SecurityContext security) {
        subscriptions.resume(known(), visitor(security));
    }

    /** The shop asks nobody for a reason; whoever is logged in is named. */
    private static Operator visitor(SecurityContext security) {
        Principal principal = security.getUserPrincipal();
        return Operator.of(principal == null ? "a visitor of the shop" : principal.getName(), "a button on the page");
    }

    private String known() {
        if (subscriptions.status().stream().noneMatch(status -> status.name().equals(name))) {
            throw Refusal.notFound("there is no subscription " + name);
        }
        return name;
    }
}
