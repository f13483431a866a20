package dev.postevent.grpc;

import dev.postevent.grpc.client.ClientForTests;
import dev.postevent.grpc.server.EventServer;
import dev.postevent.grpc.server.ServerForTests;
import dev.postevent.internal.eventlog.JdbcEventLog;
import dev.postevent.internal.eventlog.RemoteConsumers;
import dev.postevent.spi.EventLog;
import dev.postevent.spi.RemoteTopic;
import dev.postevent.testing.PostgresFixture;
import dev.postevent.testkit.contract.EventLogContract;
import dev.postevent.testkit.contract.Publishers;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.time.Duration;

/** The same calls without sockets. */
class InProcessEventLogContractIT extends EventLogContract {
    private final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    private final Wires wires = new Wires().open();
    private EventServer calls;
    private Server server;
    private ManagedChannel channel;

    @Override
    protected Publishers publishers() {
        return ServedTable.made(db, TOPIC);
    }

    @Override
    protected EventLog open() throws Exception {
        calls = new EventServer(
                wires.serverSettings(),
                wires.threadFactory(),
                new JdbcEventLog(db.dataSource(), Duration.ofMillis(200)),
                new RemoteConsumers(db.dataSource()));
        InProcessServerBuilder builder =
                InProcessServerBuilder.forName(db.name()).directExecutor();
        ServerForTests.addTo(builder, calls);
        server = builder.build().start();
        channel = InProcessChannelBuilder.forName(db.name()).directExecutor().build();
        RemoteTopic remote = Wires.orders("grpc", 1);
        return ClientForTests.over(channel, wires.sources(), remote, wires.clientSettings(remote))
                .log();
    }

    /** Others are not told who it is. */
    @Override
    protected String holder(String application) {
        return "somebody at the source";
    }

    @Override
    protected void close() throws Exception {
        channel.shutdownNow();
        server.shutdownNow();
        calls.stop(Duration.ofSeconds(5));
        wires.close();
    }
}
