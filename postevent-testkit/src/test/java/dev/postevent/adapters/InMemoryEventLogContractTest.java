package dev.postevent.adapters;

import dev.postevent.spi.EventLog;
import dev.postevent.testkit.contract.EventLogContract;
import dev.postevent.testkit.contract.Publishers;

class InMemoryEventLogContractTest extends EventLogContract {
    private final Loft loft = new Loft();

    @Override
    protected Publishers publishers() {
        return loft;
    }

    @Override
    protected EventLog open() {
        return loft;
    }
}
