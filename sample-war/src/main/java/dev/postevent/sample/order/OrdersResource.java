package dev.postevent.sample.order;

import dev.postevent.sample.Refusal;
import jakarta.enterprise.context.RequestScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /shop/api/orders}. */
@Path("orders")
@RequestScoped
@Produces(MediaType.APPLICATION_JSON)
public class OrdersResource {
    private static final int LIMIT_MAX = 1000;

    @Inject
    Instance<Orders> orders;

    /** Places an order; with {@code rollback=true} everything is done and then undone, to see that nothing stays. */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Response place(
            @Nullable NewOrder wanted,
            @QueryParam("rollback") @DefaultValue("false") boolean rollback,
            @Context UriInfo uri)
            throws SQLException {
        if (wanted == null) {
            throw Refusal.badRequest("an order is expected: {\"customer\": ..., \"item\": ..., \"quantity\": ...}");
        }
        if (rollback) {
            return placeAndRollBack(wanted.check());
        }
        Order order = orders().place(wanted.check());
        return Response.created(uri.getAbsolutePathBuilder()
                        .path(Long.toString(order.id()))
                        .build())
                .entity(order)
                .build();
    }

    /** One order. */
    @GET
    @Path("{id: \\d{1,18}}")
    public Order order(@PathParam("id") long id) throws SQLException {
        return orders().find(id).orElseThrow(() -> Refusal.notFound("there is no order " + id));
    }

    /** The newest orders, newest first. */
    @GET
    public List<Order> newest(@QueryParam("limit") @DefaultValue("50") int limit) throws SQLException {
        if (limit < 1 || limit > LIMIT_MAX) {
            throw Refusal.badRequest("limit must be from 1 to " + LIMIT_MAX);
        }
        return orders().newest(limit);
    }

    private Orders orders() {
        if (orders.isUnsatisfied()) {
            throw Refusal.notFound("orders are placed at the shop, and this is the warehouse");
        }
        return orders.get();
    }

    private Response placeAndRollBack(NewOrder.Checked wanted) throws SQLException {
        try {
            orders().placeAndRollBack(wanted);
            throw new IllegalStateException("placeAndRollBack returned, which it never does");
        } catch (Orders.RolledBack asAsked) {
            return Refusal.response(Response.Status.CONFLICT, String.valueOf(asAsked.getMessage()));
        }
    }
}
