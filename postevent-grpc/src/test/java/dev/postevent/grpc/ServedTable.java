package dev.postevent.grpc;

import dev.postevent.spi.TopicName;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testing.TopicTable;
import dev.postevent.testkit.contract.Publishers;

/** The table of a topic, as contracts publish to it. */
final class ServedTable extends TopicTable implements Publishers {
    ServedTable(PostgresFixture.Db db, TopicName topic) {
        super(db, topic);
    }

    /** Makes the table, too. */
    static ServedTable made(PostgresFixture.Db db, TopicName topic) {
        make(db, topic);
        return new ServedTable(db, topic);
    }
}
