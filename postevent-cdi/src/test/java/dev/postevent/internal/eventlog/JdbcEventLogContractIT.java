package dev.postevent.internal.eventlog;

import dev.postevent.spi.EventLog;
import dev.postevent.testing.DatabaseEventLogContract;
import java.time.Duration;

class JdbcEventLogContractIT extends DatabaseEventLogContract {
    @Override
    protected EventLog open() {
        return new JdbcEventLog(db.dataSource(), Duration.ofMillis(200));
    }
}
