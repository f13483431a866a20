package dev.postevent.internal.feed.debezium;

import io.debezium.connector.postgresql.PostgresConnector;
import org.apache.kafka.connect.connector.Task;

/** Debezium's connector with a task that waits for the server instead of sleeping. Made by Debezium, by name. */
@SuppressWarnings({"unchecked", "rawtypes"}) // of a method of its superclasses
public final class StreamConnector extends PostgresConnector {
    /** Called by Debezium. */
    public StreamConnector() {}

    @Override
    public Class<? extends Task> taskClass() {
        return StreamTask.class;
    }
}
