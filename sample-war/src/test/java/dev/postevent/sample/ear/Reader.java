package dev.postevent.sample.ear;

import dev.postevent.EventType;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import java.sql.SQLException;
import java.util.List;
import org.eclipse.microprofile.config.ConfigProvider;

/** Observes the topic, in the name of the application that it is in. */
@ApplicationScoped
@Path("read")
public class Reader {
    @Inject
    Letters letters;

    @Subscription("reader")
    void read(@Observes @Topic("letters") @EventType("letter.written") String letter) throws SQLException {
        // injected, it would be looked for when the EAR is deployed, where a WAR's configuration is not seen
        letters.add(ConfigProvider.getConfig().getValue("postevent.application", String.class), letter);
    }

    /** What all applications have read. */
    @GET
    @Produces("application/json")
    public List<String> all() throws SQLException {
        return letters.all();
    }
}
