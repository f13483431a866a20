package dev.postevent.internal.inbox;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.flow.InboxMark;
import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.ServerProcess;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whether the inbox waits for the disk, shown by a server that is killed right after it has stored. */
class InboxCommitsIT {
    private static final TopicName HERE = new TopicName("here");
    private static final TopicName ELSEWHERE = new TopicName("elsewhere");
    /** The server writes to disk by itself now and then. */
    private static final int TRIES = 5;

    @Test
    void onlyWhatTheSameServerStillHasMayBeLost() throws Exception {
        try (PostgresFixture own = PostgresFixture.own("fsync", "on", "wal_writer_delay", "10s")) {
            PostgresFixture.Db db = own.newDatabase();
            new Schema(db.dataSource(), Schema.Mode.CREATE).prepareInbox();
            Inbox inbox = new Inbox(db.dataSource(), Set.of(), Set.of(HERE));
            ServerProcess server = new ServerProcess(own);
            boolean lost = false;
            for (int round = 1; round <= TRIES && !lost; round++) {
                // each way of storing: out of turn, then following on the mark
                storeOutOfTurn(inbox, ELSEWHERE, 2 * round - 1);
                storeNext(inbox, ELSEWHERE, 2 * round);
                InboxMark before = inbox.mark(HERE);
                storeOutOfTurn(inbox, HERE, before.mark() + 1);
                InboxMark between = inbox.mark(HERE);
                storeNext(inbox, HERE, before.mark() + 2);
                server.kill();
                server.start();

                assertThat(inbox.mark(ELSEWHERE).mark()).isEqualTo(2L * round);
                lost = inbox.mark(HERE).mark() == before.mark();
                assertThat(inbox.store(HERE, List.of(entry(before.mark() + 3)), between, before.mark() + 3))
                        .as("goes on from what was before the crash")
                        .isFalse();
            }
            assertThat(lost)
                    .as("nothing waits for the disk, and both were lost once")
                    .isTrue();
        }
    }

    /** Above the mark, which then moves over both. */
    private static void storeOutOfTurn(Inbox inbox, TopicName topic, long position) {
        InboxMark known = inbox.mark(topic);
        assertThat(inbox.store(topic, List.of(entry(position)), known, known.mark()))
                .isTrue();
        assertThat(inbox.store(topic, List.of(), known, position)).isTrue();
    }

    private static void storeNext(Inbox inbox, TopicName topic, long position) {
        assertThat(inbox.store(topic, List.of(entry(position)), inbox.mark(topic), position))
                .isTrue();
    }

    private static LogEntry entry(long position) {
        return LogEntry.at(position).id("e" + position).source("s").type("t").build();
    }
}
