package dev.postevent.sample.watch;

import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.ServiceUnavailableException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.sse.Sse;
import jakarta.ws.rs.sse.SseEventSink;

/** {@code /shop/api/stream}: events ({@code event}) and, once a second, all that a page shows beside them ({@code
 * tick}). */
@Path("stream")
@RequestScoped
public class StreamResource {

    @Inject
    LiveStream live;

    /** Stays open. */
    @GET
    @Produces(MediaType.SERVER_SENT_EVENTS)
    public void stream(@Context SseEventSink sink, @Context Sse sse) {
        if (!live.add(sink, sse)) {
            throw new ServiceUnavailableException("too many pages are open");
        }
    }
}
