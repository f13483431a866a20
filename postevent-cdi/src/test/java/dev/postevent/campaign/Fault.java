package dev.postevent.campaign;

import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.UUID;

/** What is done to a running application. Each ends with all parts alive again, except for what they have to find out. */
enum Fault {
    NODE_KILLED("node killed, others take over, node started again") {
        @Override
        void inject(Campaign campaign) {
            NodeProcess node = campaign.anyNode();
            node.kill();
            campaign.awaitTakeover(node);
            node.start();
            node.awaitReady();
        }
    },
    NODE_KILLED_AND_STARTED_AT_ONCE("node killed and started again at once") {
        @Override
        void inject(Campaign campaign) {
            NodeProcess node = campaign.anyNode();
            node.kill();
            node.start();
            node.awaitReady();
        }
    },
    NODE_FROZEN("node stopped (SIGSTOP) for twice the lease") {
        @Override
        void inject(Campaign campaign) {
            NodeProcess node = campaign.anyNode();
            node.freeze();
            campaign.pause(campaign.lease().multipliedBy(2));
            node.thaw();
        }
    },
    NODE_REPLACED("node ended in order and started again") {
        @Override
        void inject(Campaign campaign) {
            NodeProcess node = campaign.anyNode();
            node.quit();
            node.start();
            node.awaitReady();
        }
    },
    CONNECTIONS_TERMINATED("all connections terminated") {
        @Override
        void inject(Campaign campaign) {
            campaign.db()
                    .execute("select pg_terminate_backend(pid) from pg_stat_activity"
                            + " where datname = current_database() and pid <> pg_backend_pid()");
        }
    },
    CLUSTER_KILLED("PostgreSQL killed (kill -9 of the postmaster) and started again") {
        @Override
        void inject(Campaign campaign) throws Exception {
            campaign.server().kill();
            campaign.server().start();
        }
    },
    CLUSTER_RESTARTED("PostgreSQL restarted (fast)") {
        @Override
        void inject(Campaign campaign) throws Exception {
            campaign.server().stop("fast");
            campaign.server().start();
        }
    },
    SLOT_DROPPED("replication slot dropped under way") {
        @Override
        void inject(Campaign campaign) {
            withFreeSlot(campaign, "pg_drop_replication_slot('%s')");
        }
    },
    SLOT_ADVANCED("replication slot advanced past events by somebody") {
        @Override
        void inject(Campaign campaign) {
            withFreeSlot(campaign, "pg_replication_slot_advance('%s', pg_current_wal_lsn())");
        }
    },
    NETWORK_CUT("connections of a node to the database cut") {
        @Override
        void inject(Campaign campaign) {
            NodeProcess node = campaign.anyNode();
            node.network().cut(true);
            campaign.pause(Duration.ofMillis(campaign.random().nextInt(3_000)));
            node.network().cut(false);
        }
    },
    NETWORK_FROZEN("connections of a node to the database frozen for twice the lease, then thawed") {
        @Override
        void inject(Campaign campaign) {
            NodeProcess node = campaign.anyNode();
            node.network().freeze();
            campaign.pause(campaign.lease().multipliedBy(2));
            node.network().thaw();
        }
    },
    NUMBERS_BURNED("fifty positions drawn and never used") {
        @Override
        void inject(Campaign campaign) {
            campaign.db().execute("select nextval('postevent.orders_idn_seq') from generate_series(1, 50)");
        }
    },
    ISOLATION_CHANGED("REPEATABLE READ as the database's default, for new connections, and back") {
        @Override
        void inject(Campaign campaign) {
            String database = "alter database " + campaign.db().name();
            campaign.db().execute(database + " set default_transaction_isolation = 'repeatable read'");
            terminateConnections(campaign);
            campaign.pause(Duration.ofMillis(2_000));
            campaign.db().execute(database + " reset default_transaction_isolation");
            terminateConnections(campaign);
        }
    },
    PUBLICATION_DROPPED("publication dropped under way") {
        @Override
        void inject(Campaign campaign) {
            String publication = campaign.db().text("select pubname from pg_publication");
            if (publication != null) {
                campaign.db().execute("drop publication if exists \"" + publication + '"');
            }
        }
    },
    TRANSACTION_HELD_OPEN("publisher's transaction held open, then committed or rolled back") {
        @Override
        void inject(Campaign campaign) throws Exception {
            try (Connection connection = campaign.db().dataSource().getConnection();
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute(insert());
                campaign.pause(Duration.ofMillis(500 + campaign.random().nextInt(3_000)));
                if (campaign.random().nextBoolean()) {
                    connection.commit();
                } else {
                    connection.rollback();
                }
            }
        }
    },
    PREPARED_ACROSS_A_CRASH("prepared transaction, resolved after a crash of PostgreSQL") {
        @Override
        void inject(Campaign campaign) throws Exception {
            String gid = "'" + UUID.randomUUID() + "'";
            campaign.db().execute("begin", insert(), "prepare transaction " + gid);
            campaign.pause(Duration.ofMillis(campaign.random().nextInt(1_000)));
            campaign.server().kill();
            campaign.server().start();
            campaign.pause(Duration.ofMillis(campaign.random().nextInt(2_000)));
            campaign.db().execute((campaign.random().nextBoolean() ? "commit" : "rollback") + " prepared " + gid);
        }
    },
    INBOX_LOCKED("inbox tables locked for two seconds") {
        @Override
        void inject(Campaign campaign) {
            campaign.db()
                    .execute(
                            "begin",
                            "lock table postevent_inbox.messages, postevent_inbox.lane in access exclusive mode",
                            "select pg_sleep(2)",
                            "commit");
        }
    };

    private final String description;

    Fault(String description) {
        this.description = description;
    }

    abstract void inject(Campaign campaign) throws Exception;

    String description() {
        return description;
    }

    /** Ends whoever has the slot until {@code call} gets it. */
    private static void withFreeSlot(Campaign campaign, String call) {
        String slot = campaign.slot();
        if (slot != null) {
            campaign.db()
                    .execute("do $$ begin for i in 1..50 loop begin"
                            + " perform pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = '"
                            + slot + "' and active; perform " + call.formatted(slot) + "; return;"
                            + " exception when object_in_use or object_not_in_prerequisite_state then perform pg_sleep(0.02);"
                            + " when undefined_object then return; end; end loop; end $$");
        }
    }

    private static void terminateConnections(Campaign campaign) {
        campaign.db()
                .execute("select pg_terminate_backend(pid) from pg_stat_activity"
                        + " where datname = current_database() and pid <> pg_backend_pid()");
    }

    /** An event past the publisher's side of postevent, as any SQL client may insert one. */
    private static String insert() {
        return "insert into postevent.orders (id, source, type) values ('" + UUID.randomUUID() + "', '"
                + CampaignNode.UNCOUNTED + "', 'campaign.event')";
    }
}
