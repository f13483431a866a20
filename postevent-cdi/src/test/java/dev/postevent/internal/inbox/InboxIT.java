package dev.postevent.internal.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the inbox keeps, and how much of it a read gives at once. */
final class InboxIT {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final long ALL = Long.MAX_VALUE;

    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final Inbox inbox = new Inbox(db.dataSource());

    @BeforeEach
    void prepare() {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareInbox();
    }

    private void store(int from, int through, UnaryOperator<LogEntry.Builder> more) {
        List<LogEntry> entries = new ArrayList<>();
        for (long position = from; position <= through; position++) {
            entries.add(more.apply(
                            LogEntry.at(position).id("e" + position).source("s").type("t"))
                    .build());
        }
        assertThat(inbox.store(ORDERS, entries, inbox.mark(ORDERS), through)).isTrue();
    }

    private List<Long> read(long after, long bytesMax) {
        return inbox.read(ORDERS, after, ALL, 100, bytesMax).entries().stream()
                .map(LogEntry::position)
                .toList();
    }

    @Test
    void aReadStopsAfterTheEntryThatPassesTheLimitOfDataAndAttributes() {
        String large = "x".repeat(100_000);
        store(1, 6, entry -> entry.data(new byte[100_000]));
        store(7, 12, entry -> entry.subject(large));
        store(13, 18, entry -> entry.dataschema(large));
        assertThat(read(0, 250_000)).containsExactly(1L, 2L, 3L);
        assertThat(read(6, 250_000)).containsExactly(7L, 8L, 9L);
        assertThat(read(12, 250_000)).containsExactly(13L, 14L, 15L);
        assertThat(read(6, 1)).containsExactly(7L);
        assertThat(read(0, 1L << 30)).hasSize(18);
    }

    @Test
    void extensionsCountForAtLeastWhatTheyAreEvenIfTheyArePackedTight() {
        store(1, 6, entry -> entry.extensions("{\"x\": \"" + "x".repeat(1_000_000) + "\"}"));
        assertThat(db.number("select max(pg_column_size(extensions)) from postevent_inbox.messages"))
                .as("packed")
                .isLessThan(50_000);
        assertThat(read(0, 2_500_000)).isNotEmpty().hasSizeLessThanOrEqualTo(3);
        assertThat(read(5, 1)).containsExactly(6L);
    }

    @Test
    void aTimeThatNobodyElseCouldHoldIsNoneAndHoldsNothingUp() {
        store(1, 1, entry -> entry.time(OffsetDateTime.MAX));
        store(2, 2, entry -> entry.time(OffsetDateTime.MIN));
        store(3, 3, entry -> entry.time(OffsetDateTime.parse("-4700-01-01T00:00:00Z")));
        store(4, 4, entry -> entry.time(OffsetDateTime.parse("+10000-01-01T00:00:00Z")));
        store(5, 5, entry -> entry.time(OffsetDateTime.parse("9999-12-31T23:59:59.999999Z")));
        store(6, 6, entry -> entry.time(OffsetDateTime.parse("0001-01-01T00:00:00Z")));
        assertThat(inbox.read(ORDERS, 0, ALL, 100, 1 << 20).entries().stream()
                        .map(entry -> String.valueOf(entry.time())))
                .containsExactly("null", "null", "null", "null", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00Z");
    }
}
