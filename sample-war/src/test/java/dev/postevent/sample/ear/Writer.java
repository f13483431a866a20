package dev.postevent.sample.ear;

import dev.postevent.EventPublisher;
import dev.postevent.Topic;
import jakarta.enterprise.context.RequestScoped;
import jakarta.inject.Inject;
import jakarta.transaction.Transactional;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;

/** Publishes to the topic. */
@RequestScoped
@Path("write")
public class Writer {
    @Inject
    @Topic("letters")
    EventPublisher events;

    /** Publishes one letter. */
    @POST
    @Transactional
    public void write(String text) {
        events.publish("letter.written", null, text);
    }
}
