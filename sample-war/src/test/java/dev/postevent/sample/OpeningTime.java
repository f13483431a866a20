package dev.postevent.sample;

import dev.postevent.EventPublisher;
import dev.postevent.Topic;
import jakarta.annotation.PostConstruct;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.inject.Inject;

/** Publishes before anything else of the application, in a transaction of the container, which gives it no UserTransaction. */
@Singleton
@Startup
public class OpeningTime {
    @Inject
    @Topic("orders")
    EventPublisher orders;

    @PostConstruct
    void open() {
        orders.publish("shop.opened", null, null);
    }
}
