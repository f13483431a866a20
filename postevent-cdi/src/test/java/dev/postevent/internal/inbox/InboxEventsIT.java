package dev.postevent.internal.inbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.PosteventException;
import dev.postevent.internal.flow.EventSearch;
import dev.postevent.internal.jdbc.EventSearchContract;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import org.junit.jupiter.api.Test;

/** Events that were received. */
class InboxEventsIT extends EventSearchContract {
    @Override
    protected EventSearch over(PostgresFixture.Db of) {
        return new InboxEvents(of.dataSource());
    }

    @Override
    protected String insert(TopicName topic, String query) {
        return "insert into postevent_inbox.messages (topic, idn, kind, slot, id, source, type, subject, data, time)"
                + " select '" + topic.value() + "', q.idn, q.kind, 0, q.id, q.source, q.type, q.subject, q.data, q.time"
                + " from (" + query + ") q(idn, kind, id, source, type, subject, data, time)";
    }

    @Test
    void aTableThatIsMissingIsSaid() {
        db.execute("drop schema postevent_inbox cascade");
        assertThatThrownBy(() -> search.at(ORDERS, 1))
                .isInstanceOfSatisfying(
                        PosteventException.class, e -> assertThat(e.code()).isEqualTo("PSTEV33002"));
    }
}
