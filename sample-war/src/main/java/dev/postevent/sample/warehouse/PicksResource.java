package dev.postevent.sample.warehouse;

import dev.postevent.sample.Refusal;
import jakarta.enterprise.context.RequestScoped;
import jakarta.enterprise.inject.Instance;
import jakarta.inject.Inject;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.sql.SQLException;
import java.util.List;

/** {@code /shop/api/picks}: what the warehouse picked. */
@Path("picks")
@RequestScoped
@Produces(MediaType.APPLICATION_JSON)
public class PicksResource {
    private static final int LIMIT_MAX = 1000;

    @Inject
    Instance<PickList> picks;

    /** The newest, newest first. */
    @GET
    public List<Pick> newest(@QueryParam("limit") @DefaultValue("50") int limit) throws SQLException {
        if (picks.isUnsatisfied()) {
            throw Refusal.notFound("goods are picked at the warehouse, and this is the shop");
        }
        if (limit < 1 || limit > LIMIT_MAX) {
            throw Refusal.badRequest("limit must be from 1 to " + LIMIT_MAX);
        }
        return picks.get().newest(limit);
    }
}
