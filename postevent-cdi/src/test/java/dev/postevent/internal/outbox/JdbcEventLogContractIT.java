package dev.postevent.internal.outbox;

import dev.postevent.spi.EventLog;
import dev.postevent.testing.EventLogContract;
import java.time.Duration;

class JdbcEventLogContractIT extends EventLogContract {
    @Override
    protected EventLog open() {
        return new JdbcEventLog(db.dataSource(), Duration.ofMillis(200));
    }
}
