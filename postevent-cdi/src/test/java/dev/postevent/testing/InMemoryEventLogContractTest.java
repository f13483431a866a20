package dev.postevent.testing;

import dev.postevent.spi.EventLog;

class InMemoryEventLogContractTest extends EventLogContract {
    private final InMemoryEventLog log = new InMemoryEventLog();

    @Override
    protected Publishers publishers() {
        return log;
    }

    @Override
    protected EventLog open() {
        return log;
    }
}
