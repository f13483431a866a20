package dev.postevent.campaign;

/** What is done to a running application. Each ends with all parts alive again, except for what they have to find out. */
enum Fault {
    NODE_KILLED("node killed, others take over, node started again", About.CONSUMERS, 4, NodeFaults::killed),
    STREAMER_KILLED("the node that streams killed, and started again", About.CONSUMERS, 2, NodeFaults::streamerKilled),
    NODE_KILLED_AND_STARTED_AT_ONCE("node killed and started again at once", About.CONSUMERS, NodeFaults::restarted),
    // nodes publish, too: frozen, they keep the locks of their subjects
    NODE_FROZEN("node stopped (SIGSTOP) for twice the lease", NodeFaults::frozen),
    STREAMER_FROZEN(
            "the node that streams stopped (SIGSTOP) for twice the lease", About.ALL, 2, NodeFaults::streamerFrozen),
    NODE_REPLACED("node ended in order and started again", About.CONSUMERS, NodeFaults::replaced),
    ALL_NODES_KILLED("all nodes killed, and started again after the lease", About.CONSUMERS, NodeFaults::allKilled),
    CLOCK_WRONG(
            "node started with a clock an hour ahead or behind; it takes lanes over, and is killed",
            About.CONSUMERS,
            NodeFaults::clockWrong),
    OBSERVER_OVERSLEEPS(
            "observer sleeps past lease and transaction timeout", About.CONSUMERS, NodeFaults::observerOversleeps),
    OBSERVER_SLOW(
            "an observer that takes longer than a renewal of the lease, under REPEATABLE READ",
            About.ALL_CONNECTIONS,
            NodeFaults::observerSlow),
    HALT_BEFORE_INBOX_COMMIT(
            "node dies right before the commit of the inbox",
            About.CONSUMERS,
            campaign -> NodeFaults.halt(campaign, HaltPoint.BEFORE_INBOX_COMMIT)),
    HALT_AFTER_INBOX_COMMIT(
            "node dies right after the commit of the inbox",
            About.CONSUMERS,
            campaign -> NodeFaults.halt(campaign, HaltPoint.AFTER_INBOX_COMMIT)),
    HALT_BEFORE_EFFECT_COMMIT(
            "node dies right before the commit of an effect",
            About.CONSUMERS,
            campaign -> NodeFaults.halt(campaign, HaltPoint.BEFORE_EFFECT_COMMIT)),
    HALT_AFTER_EFFECT_COMMIT(
            "node dies right after the commit of an effect",
            About.CONSUMERS,
            campaign -> NodeFaults.halt(campaign, HaltPoint.AFTER_EFFECT_COMMIT)),
    HALT_PREPARED(
            "node dies with an effect prepared (XA) and not decided; rolled back by hand",
            About.CONSUMERS,
            campaign -> NodeFaults.haltPrepared(campaign, HaltPoint.PREPARED)),
    HALT_DECIDED(
            "node dies with an effect prepared (XA) and its commit decided; committed by hand",
            About.CONSUMERS,
            campaign -> NodeFaults.haltPrepared(campaign, HaltPoint.DECIDED)),
    POISON("an event that one subscription cannot handle, parked; retried after the cure", NodeFaults::poison),

    NETWORK_CUT("connections of a node to the database cut", About.CONSUMERS, NodeFaults::networkCut),
    NETWORK_FROZEN(
            "connections of a node to the database frozen for twice the lease, then thawed", NodeFaults::networkFrozen),

    CONNECTIONS_TERMINATED("all connections terminated", About.ALL_CONNECTIONS, DatabaseFaults::terminateConnections),
    CLUSTER_KILLED(
            "PostgreSQL killed (kill -9 of the postmaster) and started again",
            About.ALL_CONNECTIONS,
            DatabaseFaults::killed),
    CLUSTER_RESTARTED(
            "PostgreSQL away for a moment (fast shutdown, start)", About.ALL_CONNECTIONS, DatabaseFaults::away),
    ISOLATION_CHANGED(
            "REPEATABLE READ as the database's default, for new connections, and back",
            About.ALL_CONNECTIONS,
            DatabaseFaults::isolationChanged),
    INBOX_LOCKED("inbox tables locked for two seconds", About.CONSUMERS, DatabaseFaults::inboxLocked),
    DISK_FULL("disk full under the inbox or the topic", DatabaseFaults::diskFull),
    SLOT_DROPPED("replication slot dropped under way", About.CONSUMERS, DatabaseFaults::slotDropped),
    SLOT_ADVANCED("replication slot advanced past events by somebody", About.CONSUMERS, DatabaseFaults::slotAdvanced),
    SLOT_TAKEN("replication slot dropped, and its name taken by another", About.CONSUMERS, DatabaseFaults::slotTaken),
    PUBLICATION_DROPPED("publication dropped under way", About.CONSUMERS, DatabaseFaults::publicationDropped),

    TRANSACTION_HELD_OPEN(
            "publisher's transaction held open, then committed or rolled back", PublisherFaults::heldOpen),
    PREPARED_ACROSS_A_CRASH(
            "prepared transaction, resolved after a crash of PostgreSQL",
            About.ALL_CONNECTIONS,
            PublisherFaults::prepared),
    SAVEPOINT_ROLLED_BACK("publisher rolls back to a savepoint between events", PublisherFaults::savepoint),
    BACKEND_KILLED(
            "publisher's backend killed (kill -9), PostgreSQL recovers",
            About.ALL_CONNECTIONS,
            PublisherFaults::backendKilled),
    NUMBERS_BURNED("fifty positions drawn and never used", PublisherFaults::numbersBurned);

    /** What a fault is done to. */
    enum About {
        /** Publishers must not feel it (I10). */
        CONSUMERS,
        /** Publishers and consumers alike, or publishers. */
        ALL,
        /** All, and no connection that is open when it begins is open when it ends: whoever still has one in a pool meets it later. */
        ALL_CONNECTIONS
    }

    /** Does it. */
    @FunctionalInterface
    interface Injection {
        void into(Campaign campaign) throws Exception;
    }

    private final String description;
    private final About about;
    private final int weight;
    private final Injection injection;

    Fault(String description, Injection injection) {
        this(description, About.ALL, 1, injection);
    }

    Fault(String description, About about, Injection injection) {
        this(description, about, 1, injection);
    }

    Fault(String description, About about, int weight, Injection injection) {
        this.description = description;
        this.about = about;
        this.weight = weight;
        this.injection = injection;
    }

    void inject(Campaign campaign) throws Exception {
        injection.into(campaign);
    }

    String description() {
        return description;
    }

    boolean isAboutConsumersOnly() {
        return about == About.CONSUMERS;
    }

    boolean endsConnections() {
        return about == About.ALL_CONNECTIONS;
    }

    /** How often in each round of a long campaign. */
    int weight() {
        return weight;
    }
}
