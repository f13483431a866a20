package dev.postevent.internal.inbox;

import dev.postevent.PosteventException;
import dev.postevent.spi.TopicName;

/**
 * Where the entries of a topic are: copied into the inbox, or in the topic's own table, if that is in the same database.
 *
 * @param direct true if they are read where they were published
 * @param sourceHere true if they were published into the same database, copied or not: a crash of its server that takes back what
 *     the inbox has stored leaves what it was copied from
 */
record InboxTable(TopicName topic, boolean direct, boolean sourceHere) {

    /** A statement over the entries of the topic, whose first parameter is the topic's name. */
    String sql(String template) {
        return template.replace(
                "${entries}",
                direct ? topic.table() + " where ?::text is not null" : "postevent_inbox.messages where topic = ?");
    }

    PosteventException readDirectlyElsewhere() {
        return new PosteventException(
                "PSTEV33006",
                "topic " + topic + ": another node of this application reads it directly and does not copy it."
                        + " Give all nodes the same postevent.inbox");
    }
}
