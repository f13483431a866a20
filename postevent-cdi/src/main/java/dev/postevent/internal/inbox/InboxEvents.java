package dev.postevent.internal.inbox;

import dev.postevent.internal.flow.EventSearch;
import dev.postevent.internal.jdbc.EventSearchStore;
import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The events of topics that were received: those copies that the inbox has. */
public final class InboxEvents implements EventSearch {
    private final DataSource dataSource;

    /** Over the database of the inbox; called outside of JTA transactions. */
    public InboxEvents(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    @Override
    public Page find(TopicName topic, Wanted wanted, Stretch in) {
        return ask(topic, connection -> messages(topic).find(connection, wanted, in));
    }

    @Override
    public @Nullable Found at(TopicName topic, long position) {
        return ask(topic, connection -> Optional.ofNullable(messages(topic).at(connection, position)))
                .orElse(null);
    }

    /** A name of a topic has no character that ends a text. */
    private static EventSearchStore messages(TopicName topic) {
        return EventSearchStore.over("postevent_inbox.messages", "t.topic = '" + topic.value() + "'");
    }

    private <T> T ask(TopicName topic, LocalTransaction.Work<T> work) {
        try {
            return LocalTransaction.each(dataSource, work);
        } catch (SQLException e) {
            throw Inbox.failed("look for events of topic " + topic, e);
        }
    }
}
