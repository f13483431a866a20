package dev.postevent.internal.jdbc;

import dev.postevent.spi.TopicName;

/** What is said where tables of a topic are missing; here because those who write to them and those who read them say the same. */
public final class MissingTables {
    private MissingTables() {}

    /** That they are, and what to do. */
    public static String of(TopicName topic) {
        return "the table " + topic.table() + " or a table of postevent_internal is missing; make the topic's tables"
                + " (postevent.schema=create, or the DDL written out)";
    }
}
