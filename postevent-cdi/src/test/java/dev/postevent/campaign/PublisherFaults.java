package dev.postevent.campaign;

import static org.awaitility.Awaitility.await;

import dev.postevent.testing.ServerProcess;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;

/** What publishers do, past postevent's side of it: any SQL client may insert an event. */
final class PublisherFaults {
    private static final String HOLDER = "campaign_holder";

    private PublisherFaults() {}

    /** I11: whoever holds up the topic is named. In a long campaign, for a whole minute the first time. */
    static void heldOpen(Campaign campaign) throws Exception {
        try (Connection connection = campaign.db().dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("set application_name = '" + HOLDER + "'");
            connection.setAutoCommit(false);
            long began = System.nanoTime();
            statement.execute(insert());
            campaign.awaitNamed(HOLDER);
            campaign.pause(campaign.holdOpen().minusNanos(System.nanoTime() - began));
            if (campaign.random().nextBoolean()) {
                connection.commit();
            } else {
                connection.rollback();
            }
        }
    }

    static void prepared(Campaign campaign) throws Exception {
        String gid = UUID.randomUUID().toString();
        campaign.db().execute("begin", insert(), "prepare transaction '" + gid + "'");
        campaign.awaitNamed(gid);
        campaign.server().kill();
        campaign.server().start();
        campaign.awaitNamed(gid);
        campaign.db().execute((campaign.random().nextBoolean() ? "commit" : "rollback") + " prepared '" + gid + "'");
    }

    /** Three positions, of which the one in the middle is void. */
    static void savepoint(Campaign campaign) {
        campaign.db()
                .execute(
                        "begin",
                        insert(),
                        "savepoint s",
                        insert(),
                        "rollback to savepoint s",
                        insert(),
                        campaign.random().nextInt(4) == 0 ? "rollback" : "commit");
    }

    static void backendKilled(Campaign campaign) throws SQLException {
        try (Connection connection = campaign.db().dataSource().getConnection();
                Statement statement = connection.createStatement();
                Connection other = campaign.db().dataSource().getConnection();
                Statement question = other.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(insert());
            ServerProcess.signal(
                    connection.unwrap(org.postgresql.PGConnection.class).getBackendPID(), "KILL");
            // until the server has noticed, it answers as if nothing had been
            await("PostgreSQL ends all connections")
                    .atMost(Duration.ofMinutes(4))
                    .until(() -> isEnded(question));
        }
        await("PostgreSQL recovers")
                .atMost(Duration.ofMinutes(4))
                .ignoreExceptions()
                .until(() -> campaign.db().number("select 1") == 1);
    }

    private static boolean isEnded(Statement question) {
        try {
            question.execute("select 1");
            return false;
        } catch (SQLException e) {
            return true;
        }
    }

    static void numbersBurned(Campaign campaign) {
        campaign.db().execute("select nextval('postevent.orders_idn_seq') from generate_series(1, 50)");
    }

    private static String insert() {
        return "insert into postevent.orders (id, source, type) values ('" + UUID.randomUUID() + "', '"
                + CampaignNode.UNCOUNTED + "', 'campaign.event')";
    }
}
