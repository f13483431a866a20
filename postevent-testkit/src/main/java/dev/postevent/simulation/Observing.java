package dev.postevent.simulation;

import dev.postevent.Delivery;
import io.cloudevents.CloudEvent;
import java.util.List;

/** A durable observer of a user's, which has no object yet that it is called on. */
public interface Observing {

    /** The subscription's name. */
    String name();

    /** The topic it observes. */
    String topic();

    /** False for a type of events that is passed over. */
    boolean wants(String type);

    /** What it wants, for a message. */
    String wanted();

    /** True if it takes several events in one call. */
    boolean takesLists();

    /** Before the first world: what is missing for calls fails here. */
    void prepare();

    /**
     * Calls it with one event.
     *
     * @param life what was made for the life of a node
     */
    void handle(Object life, Delivery delivery) throws Exception;

    /** Calls one that takes lists. */
    void handleAll(Object life, List<CloudEvent> events) throws Exception;
}
