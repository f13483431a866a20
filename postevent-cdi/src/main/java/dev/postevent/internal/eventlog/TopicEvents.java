package dev.postevent.internal.eventlog;

import dev.postevent.internal.flow.EventSearch;
import dev.postevent.internal.jdbc.EventSearchStore;
import dev.postevent.internal.jdbc.LogSession;
import dev.postevent.spi.TopicName;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** The events of topics that are published to this database, in their own tables: what is committed and visible, settled or not. */
public final class TopicEvents implements EventSearch {
    private final DataSource dataSource;

    /** Over the publisher's database; called outside of JTA transactions. */
    public TopicEvents(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    @Override
    public Page find(TopicName topic, Wanted wanted, Stretch in) {
        String id = wanted.id();
        return ask(topic, session -> {
            Page byIndex = id == null ? null : table(topic).findId(session.connection(), id, wanted, in);
            return byIndex == null ? table(topic).find(session.connection(), wanted, in) : byIndex;
        });
    }

    @Override
    public @Nullable Found at(TopicName topic, long position) {
        return ask(topic, session -> Optional.ofNullable(table(topic).at(session.connection(), position)))
                .orElse(null);
    }

    private static EventSearchStore table(TopicName topic) {
        return EventSearchStore.over(topic.table(), "true");
    }

    /** What is asked on one connection. */
    private interface Question<T> {
        T ask(LogSession session) throws SQLException;
    }

    private <T> T ask(TopicName topic, Question<T> question) {
        try (LogSession session = LogSession.open(dataSource)) {
            return question.ask(session);
        } catch (SQLException e) {
            throw LogFailure.ofReading(topic, "looking for events of", e);
        }
    }
}
