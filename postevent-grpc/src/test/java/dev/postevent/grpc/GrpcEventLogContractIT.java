package dev.postevent.grpc;

import dev.postevent.spi.EventLog;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testkit.contract.EventLogContract;
import dev.postevent.testkit.contract.Publishers;

/** Over real sockets. */
class GrpcEventLogContractIT extends EventLogContract {
    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final Wires wires = new Wires().open();

    @Override
    protected Publishers publishers() {
        return ServedTable.made(db, TOPIC);
    }

    @Override
    protected EventLog open() {
        return wires.source("grpc", Wires.port(wires.server(db))).log();
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
}
