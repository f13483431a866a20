package dev.postevent.campaign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Faults of nodes, their network, and what runs in them. */
final class NodeFaults {
    private static final Duration LONG = Duration.ofMinutes(4);

    private NodeFaults() {}

    static void killed(Campaign campaign) {
        kill(campaign, campaign.anyNode());
    }

    static void streamerKilled(Campaign campaign) {
        NodeProcess node = campaign.streamer();
        kill(campaign, node);
    }

    static void kill(Campaign campaign, NodeProcess node) {
        boolean streamed = campaign.isStreamer(node);
        node.kill();
        campaign.awaitTakeover(node, streamed);
        node.start();
        node.awaitReady();
    }

    static void restarted(Campaign campaign) {
        NodeProcess node = campaign.anyNode();
        node.kill();
        node.start();
        node.awaitReady();
    }

    static void frozen(Campaign campaign) {
        freeze(campaign, campaign.anyNode());
    }

    static void streamerFrozen(Campaign campaign) {
        freeze(campaign, campaign.streamer());
    }

    static void freeze(Campaign campaign, NodeProcess node) {
        boolean streamed = campaign.isStreamer(node);
        long began = System.nanoTime();
        node.freeze();
        try {
            campaign.awaitTakeover(node, streamed);
            campaign.pause(campaign.lease().multipliedBy(2).minusNanos(System.nanoTime() - began));
        } finally {
            node.thaw();
        }
    }

    static void replaced(Campaign campaign) {
        NodeProcess node = campaign.anyNode();
        node.quit();
        node.start();
        node.awaitReady();
    }

    /** It takes lanes over with that clock, and loses them. */
    static void clockWrong(Campaign campaign) {
        Optional<Map<String, String>> shift =
                WrongClock.shifted(campaign.random().nextBoolean() ? "+1h" : "-1h");
        if (shift.isEmpty()) {
            campaign.notPossible("a clock that is wrong: libfaketime is not installed");
            return;
        }
        List<NodeProcess> nodes = new ArrayList<>(campaign.nodes());
        Collections.shuffle(nodes, campaign.random());
        NodeProcess wrong = nodes.get(0);
        wrong.quit();
        wrong.start(shift.get());
        wrong.awaitReady();
        kill(campaign, nodes.get(1));
        kill(campaign, wrong);
    }

    static void allKilled(Campaign campaign) {
        campaign.nodes().forEach(NodeProcess::kill);
        campaign.pause(campaign.lease().plusSeconds(1));
        campaign.nodes().forEach(NodeProcess::start);
        campaign.nodes().forEach(NodeProcess::awaitReady);
    }

    static void observerOversleeps(Campaign campaign) {
        campaign.anyNode().order("oversleep");
        campaign.pause(Duration.ofSeconds(CampaignNode.TRANSACTION_TIMEOUT_SECONDS + 3));
    }

    /** Each time: it is handled under that isolation, or never. */
    static void observerSlow(Campaign campaign) {
        String id = UUID.randomUUID().toString();
        long millis = campaign.lease().toMillis() / 2;
        DatabaseFaults.underRepeatableRead(campaign, () -> {
            campaign.db()
                    .execute("insert into postevent.orders (id, source, type, data) values ('" + id + "', '"
                            + CampaignNode.UNCOUNTED + "', '" + CampaignNode.SLOW + "', '" + millis + "')");
            await("the slow observer's effect")
                    .atMost(LONG)
                    .until(() -> campaign.db()
                                    .number(
                                            "select count(*) from effect e join postevent.orders o on o.idn = e.position"
                                                    + " where e.subscription = 'good' and o.id = '" + id + "'")
                            == 1);
        });
    }

    /** Of the inbox, the node that streams: the others store nothing. */
    static void halt(Campaign campaign, HaltPoint point) {
        boolean inbox = point == HaltPoint.BEFORE_INBOX_COMMIT || point == HaltPoint.AFTER_INBOX_COMMIT;
        NodeProcess node = inbox ? campaign.streamer() : campaign.anyNode();
        node.order("halt " + point);
        node.awaitDeath();
        node.start();
        node.awaitReady();
    }

    /**
     * The lane of the effect waits until somebody decides, as recovery would; nobody else may go on with it meanwhile. Other lanes of
     * the node may have been prepared at that moment, too: undecided, so that either decision is right for them.
     */
    static void haltPrepared(Campaign campaign, HaltPoint point) {
        NodeProcess node = campaign.xaNode();
        node.order("halt " + point);
        node.awaitDeath();
        campaign.awaitTakeoverButForPrepared(node);
        List<String> prepared = campaign.prepared();
        assertThat(prepared)
                .as("transactions that " + node.name() + " left prepared")
                .isNotEmpty();
        for (String gid : prepared) {
            campaign.db().execute((point == HaltPoint.DECIDED ? "commit" : "rollback") + " prepared '" + gid + "'");
        }
        node.start();
        node.awaitReady();
    }

    /** I9: while the event of one subject is parked, and another waits behind it, everything else is handled. */
    static void poison(Campaign campaign) {
        String id = UUID.randomUUID().toString();
        String subject = "poison-" + id;
        campaign.db()
                .execute(
                        "insert into postevent.orders (id, source, type, subject) values ('" + id + "', '"
                                + CampaignNode.UNCOUNTED + "', '" + CampaignNode.POISON + "', '" + subject + "')",
                        "insert into postevent.orders (id, source, type, subject) values ('behind-" + id + "', '"
                                + CampaignNode.UNCOUNTED + "', 'campaign.event', '" + subject + "')");
        String ofSubject = " where subject = '" + subject + "'";
        long position = campaign.db().number("select min(idn) from postevent.orders" + ofSubject);
        String held = "select string_agg(state, ',' order by idn) from postevent_inbox.held_event"
                + " where subscription = 'picky' and idn in (select idn from postevent.orders" + ofSubject + ")";
        await("the poison is parked, and the next of its subject behind it")
                .atMost(LONG)
                .until(() -> "parked,behind".equals(campaign.db().text(held)));
        long head = campaign.db().number("select max(idn) from postevent.orders");
        await("I9: all others are handled by picky")
                .atMost(LONG)
                .until(() -> campaign.db()
                                .number(
                                        "select count(*) from postevent.orders o where kind = 'e' and idn <= " + head
                                                + " and subject is distinct from '" + subject + "' and not exists"
                                                + " (select 1 from effect e where e.subscription = 'picky' and e.position = o.idn)")
                        == 0);
        assertThat(campaign.db().text(held)).as("held by picky").isEqualTo("parked,behind");
        assertThat(campaign.db()
                        .number("select count(*) from effect where subscription = 'picky' and subject = '" + subject
                                + "'"))
                .as("I9: effects of the poisoned subject")
                .isZero();
        campaign.db().execute("insert into cured values ('" + id + "')");
        campaign.anyNode().order("retry picky " + position);
        await("the poison is handled after its cure")
                .atMost(LONG)
                .until(() -> campaign.db().text(held) == null);
    }

    static void networkCut(Campaign campaign) {
        NodeProcess node = campaign.anyNode();
        node.network().cut(true);
        campaign.pause(Duration.ofMillis(campaign.random().nextInt(3_000)));
        node.network().cut(false);
    }

    static void networkFrozen(Campaign campaign) {
        NodeProcess node = campaign.anyNode();
        node.network().freeze();
        campaign.pause(campaign.lease().multipliedBy(2));
        node.network().thaw();
    }
}
