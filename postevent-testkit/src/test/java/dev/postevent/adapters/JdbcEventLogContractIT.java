package dev.postevent.adapters;

import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.spi.EventLog;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testkit.contract.EventLogContract;
import dev.postevent.testkit.contract.Publishers;
import java.time.Duration;

class JdbcEventLogContractIT extends EventLogContract {
    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();

    @Override
    protected Publishers publishers() {
        return PublishedTable.made(db, TOPIC);
    }

    @Override
    protected EventLog open() {
        return new JdbcEventLog(db.dataSource(), Duration.ofMillis(200));
    }
}
