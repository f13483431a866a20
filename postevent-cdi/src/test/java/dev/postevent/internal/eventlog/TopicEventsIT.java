package dev.postevent.internal.eventlog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.PosteventException;
import dev.postevent.internal.flow.EventSearch;
import dev.postevent.internal.jdbc.EventSearchContract;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import org.junit.jupiter.api.Test;

/** Events where they were published. */
class TopicEventsIT extends EventSearchContract {
    @Override
    protected EventSearch over(PostgresFixture.Db of) {
        return new TopicEvents(of.dataSource());
    }

    @Override
    protected String insert(TopicName topic, String query) {
        return "insert into " + topic.table()
                + " (idn, kind, id, source, type, subject, data, time) overriding system value " + query;
    }

    private void fill(int sources) {
        db.execute(insert(
                ORDERS,
                "select g, 'e'::\"char\", 'e' || g, 'urn:' || g % " + sources
                        + ", 't', null, null::bytea, null::timestamptz from generate_series(1, 30000) g"));
    }

    private EventSearch.Page find(String id, long before) {
        return search.find(
                ORDERS,
                new EventSearch.Wanted(id, null, null, null, null, null),
                new EventSearch.Stretch(1, before, 10));
    }

    @Test
    void anIdIsFoundWhereverItIs() {
        fill(199);
        EventSearch.Page page = find("e3", Long.MAX_VALUE);
        assertThat(page.found()).extracting(found -> found.entry().position()).containsExactly(3L);
        assertThat(page.next()).isEmpty();
        db.execute(insert(
                ORDERS, "select 30001, 'e'::\"char\", 'e3', 'urn:7', 't', null, null::bytea, null::timestamptz"));
        assertThat(find("e3", Long.MAX_VALUE).found())
                .extracting(found -> found.entry().position())
                .as("of two sources")
                .containsExactly(30_001L, 3L);
    }

    @Test
    void ofATopicWithManySourcesAllOfItIsLookedThrough() {
        fill(5_000);
        EventSearch.Page page = find("e3", Long.MAX_VALUE);
        assertThat(page.found()).isEmpty();
        assertThat(page.next()).hasValue(10_001);
        assertThat(find("e3", 10_001).found())
                .extracting(found -> found.entry().position())
                .containsExactly(3L);
    }

    @Test
    void aTableThatIsMissingIsSaid() {
        assertThatThrownBy(() -> search.at(new TopicName("missing"), 1))
                .isInstanceOfSatisfying(
                        PosteventException.class, e -> assertThat(e.code()).isEqualTo("PSTEV31041"));
    }
}
