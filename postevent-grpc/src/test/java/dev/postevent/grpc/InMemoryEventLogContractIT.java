package dev.postevent.grpc;

import dev.postevent.spi.ConsumerMark;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.TopicName;
import dev.postevent.spi.Transport;
import dev.postevent.testing.InMemoryEventLog;
import dev.postevent.testkit.contract.EventLogContract;
import dev.postevent.testkit.contract.Publishers;
import java.util.List;

/** Over real sockets, and no database behind: what goes wrong here is of the wire and not of SQL. */
class InMemoryEventLogContractIT extends EventLogContract {
    private final Published log = new Published();
    private final Wires wires = new Wires().open();

    @Override
    protected Publishers publishers() {
        return log;
    }

    @Override
    protected EventLog open() {
        return wires.source("grpc", Wires.port(wires.server(log, new NoMarks())))
                .log();
    }

    /** Others are not told who it is. */
    @Override
    protected String holder(String application) {
        return "somebody at the source";
    }

    @Override
    protected void close() throws Exception {
        wires.close();
    }

    private static final class Published extends InMemoryEventLog implements Publishers {}

    private static final class NoMarks implements Transport.Marks {
        @Override
        public boolean report(String principal, String name, TopicName topic, long mark, int namesMax) {
            return true; // nobody reports here
        }

        @Override
        public List<ConsumerMark> all() {
            return List.of();
        }
    }
}
