package dev.postevent.grpc;

import dev.postevent.spi.EventLog;
import dev.postevent.testing.DatabaseEventLogContract;

/** Over real sockets. */
class GrpcEventLogContractIT extends DatabaseEventLogContract {
    private final Wires wires = new Wires().open();

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
