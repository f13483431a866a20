package dev.postevent.internal.cdi;

import dev.postevent.spi.EventLog;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import java.util.OptionalLong;
import java.util.concurrent.ThreadFactory;
import java.util.function.Function;

/** What a transport gets from this node. */
record NodeSurroundings(
        String application,
        String node,
        ThreadFactory threads,
        EventLog log,
        Transport.Marks marks,
        Function<TopicName, OptionalLong> marksHere)
        implements Transport.Surroundings {

    @Override
    public OptionalLong received(TopicName topic) {
        return marksHere.apply(topic);
    }
}
