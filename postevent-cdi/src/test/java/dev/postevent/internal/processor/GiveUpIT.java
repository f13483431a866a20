package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.RetryLaterException;
import dev.postevent.Subscriptions;
import dev.postevent.Subscriptions.HeldEvent.State;
import dev.postevent.internal.jdbc.ServerStart;
import dev.postevent.internal.schema.Schema;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.spi.LogEntry;
import dev.postevent.testing.LogLines;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How long an event is tried that fails, and what counts of the time. */
class GiveUpIT extends ProcessorStage {
    private static final Duration DAY = Duration.ofDays(1);

    /** What each call was told: its attempt, and whether it is the last. */
    private final List<String> told = new CopyOnWriteArrayList<>();

    private final AtomicBoolean repaired = new AtomicBoolean();
    private final AtomicBoolean later = new AtomicBoolean();

    private SubscriptionSpec failing(int attemptsMax, @Nullable Duration after, Duration waitMost) {
        SubscriptionSpec.Handler handler = new SubscriptionSpec.Handler() {
            @Override
            public boolean wants(LogEntry event) {
                return true;
            }

            @Override
            public void handle(LogEntry event, int attempt, boolean again, boolean last) {
                told.add(attempt + (last ? " last" : ""));
                if (later.get()) {
                    throw new RetryLaterException(Duration.ofSeconds(3), "closed for three seconds");
                }
                if (!repaired.get()) {
                    throw new IllegalStateException("the mail server is away");
                }
            }
        };
        return spec(
                "mails", 1, 1, new GiveUp(attemptsMax, after), new Backoff(Duration.ofMillis(2), 2, waitMost), handler);
    }

    private Node failingFor(Duration after, Duration waitMost) {
        return new Node("a", LONG).start(failing(GiveUp.UNLIMITED, after, waitMost));
    }

    /** Moves all there is of times to the past, as if nobody had been there since. */
    private void away(String interval) {
        db.execute("update postevent_inbox.held_event set first_failed_at = first_failed_at - interval '" + interval
                + "', counted_from = counted_from - interval '" + interval
                + "', next_attempt_at = next_attempt_at - interval '"
                + interval + "'");
    }

    /** Has it fail at least once, and ends the node; returns how many attempts count. */
    private int failed() {
        store(1, 1);
        Node node = failingFor(DAY, Duration.ofMillis(500));
        await().atMost(LONG)
                .until(() -> db.number("select count(*) from postevent_inbox.held_event where attempts > 0") == 1);
        node.close();
        told.clear();
        return (int) db.number("select attempts from postevent_inbox.held_event");
    }

    private void awaitParked(Node node) {
        await().atMost(LONG).until(() -> status(node, "mails").parked() == 1);
    }

    @Test
    void anEventIsTriedForAsLongAsItMayAndKnowsItsLastAttempt() {
        store(1, 1);
        Node node = failingFor(Duration.ofMillis(400), Duration.ofMillis(40));
        awaitParked(node);
        assertThat(told).hasSizeGreaterThan(1);
        assertThat(told.get(told.size() - 1)).isEqualTo(told.size() + " last");
        assertThat(told.subList(0, told.size() - 1)).noneMatch(one -> one.contains("last"));
        assertThat(node.processor.views().held("mails", 1)).singleElement().satisfies(held -> {
            assertThat(held.state()).isEqualTo(State.PARKED);
            assertThat(held.attempts()).isEqualTo(told.size());
            assertThat(held.givesUp()).isEmpty();
        });
    }

    @Test
    void theBoundOfAttemptsCountsBesideIt() {
        store(1, 1);
        Node node = new Node("a", LONG).start(failing(3, DAY, Duration.ofMillis(10)));
        awaitParked(node);
        assertThat(told).containsExactly("1", "2", "3 last");
    }

    @Test
    void anOutageIsNotTimeInWhichAnEventFailed() {
        int before = failed();
        away("2 days");
        Node node = failingFor(DAY, Duration.ofMillis(500));
        await().atMost(LONG).until(() -> told.size() >= 3);
        assertThat(told).startsWith(String.valueOf(before + 1));
        assertThat(told).noneMatch(one -> one.contains("last"));
        repaired.set(true);
        await().atMost(LONG).until(() -> status(node, "mails").held() == 0);
    }

    @Test
    void whoseTimeIsOverIsTriedOnceMoreAndNotParkedUnseen() {
        int before = failed();
        // it was tried all the time, and the application was not there for the last moments only
        away("2 days");
        db.execute("update postevent_inbox.held_event set next_attempt_at = now()");
        Node node = failingFor(DAY, Duration.ofMillis(500));
        awaitParked(node);
        assertThat(told).containsExactly(before + 1 + " last");
    }

    @Test
    void theTimeForWhichAnObserverAsksIsNotTimeInWhichItFailed() {
        later.set(true);
        store(1, 1);
        Node node = failingFor(Duration.ofMillis(600), Duration.ofMillis(20));
        await().atMost(LONG).until(() -> told.size() == 2);
        later.set(false);
        awaitParked(node);
        // the second one came three seconds after the first
        assertThat(told).startsWith("1", "2", "3");
    }

    /** What is stored of a lane is read several times within the wait. */
    @Test
    void theTimeForWhichAnObserverAsksIsNotCutToTheLongestBackOff() {
        later.set(true);
        store(1, 1);
        Node node = new Node("a", Duration.ofMillis(900)).start(failing(GiveUp.UNLIMITED, DAY, Duration.ofMillis(20)));
        await().atMost(LONG).until(() -> !told.isEmpty());
        long first = System.nanoTime();
        await().atMost(LONG).pollInterval(Duration.ofMillis(5)).until(() -> told.size() == 2);
        assertThat(Duration.ofNanos(System.nanoTime() - first)).isGreaterThan(Duration.ofMillis(2_500));
        later.set(false);
        repaired.set(true);
        await().atMost(LONG).until(() -> status(node, "mails").held() == 0);
    }

    @Test
    void anOperatorsRetryBeginsTheTimeAnew() {
        store(1, 1);
        Node node = failingFor(Duration.ofMillis(300), Duration.ofMillis(30));
        awaitParked(node);
        int before = told.size();
        node.processor.operations().retry("mails", 1, BY);
        await().atMost(LONG).until(() -> told.size() > before + 1);
        awaitParked(node);
        assertThat(told.subList(before, before + 2)).containsExactly("1", "2");
        assertThat(told.get(told.size() - 1)).endsWith(" last");
    }

    /** A commit whose answer was lost is written again; an operator may have been there before. */
    @Test
    void whatBecameOfAnAttemptIsWrittenDownOnce() throws Exception {
        store(1, 1);
        Node node = new Node("a", LONG).start(failing(2, DAY, Duration.ofMillis(10)));
        awaitParked(node);
        long epoch = db.number("select epoch from postevent_inbox.lane");
        JdbcLaneStore late = mails("a");
        assertThat(late.attemptFailed(
                        0,
                        epoch,
                        1,
                        new LaneStore.Parked(),
                        HeldEvent.Judged.COUNTED,
                        LaneStore.Failure.said("once more")))
                .isFalse();
        assertThat(db.text("select state || ' ' || attempts || ' ' || cause from postevent_inbox.held_event"))
                .startsWith("parked 2 ")
                .doesNotContain("once more");
    }

    @Test
    void withWhatItsNodeWasLostTenTimesIsParkedWhateverIsSet() {
        failed();
        db.execute("update postevent_inbox.held_event set attempts = 9, lost = 9, trying_epoch = -1, trying_life = "
                + ServerStart.MICROS);
        Node node = failingFor(DAY, Duration.ofMillis(500));
        awaitParked(node);
        assertThat(told).isEmpty();
        assertThat(node.processor.views().held("mails", 1).get(0).cause())
                .get()
                .asString()
                .contains("the node that handled it died");
    }

    /** A node of the former build begins the attempts anew, and knows nothing of the lost ones. */
    @Test
    void anOperatorsRetryOnAFormerBuildBeginsTheLostOnesAnew() {
        failed();
        db.execute("update postevent_inbox.held_event set attempts = 0, lost = 10, first_failed_at = null,"
                + " counted_from = null, next_attempt_at = now()");
        repaired.set(true);
        Node node = failingFor(DAY, Duration.ofMillis(500));
        await().atMost(LONG)
                .until(() -> told.size() == 1 && status(node, "mails").held() == 0);
    }

    @Test
    void aClockThatWentBackTakesNothingOfTheTimeForWhichItFailed() throws Exception {
        failed();
        db.execute(
                "update postevent_inbox.held_event set next_attempt_at = now() + interval '2 days',"
                        + " waits_from = now() + interval '2 days', counted_from = now() + interval '1 day',"
                        + " first_failed_at = now() + interval '1 day'",
                "update postevent_inbox.lane set owner = 'z', epoch = 99");
        JdbcLaneStore store = mails("z");
        Duration failing = failing(store, Duration.ZERO);
        assertThat(failing).isEqualTo(DAY);
        // and while an attempt is under way
        db.execute("update postevent_inbox.held_event set next_attempt_at = next_attempt_at + interval '2 days',"
                + " counted_from = counted_from + interval '2 days'");
        assertThat(store.attemptFailed(
                        0,
                        99,
                        1,
                        new LaneStore.Again(Duration.ofMinutes(5), Duration.ofMinutes(5)),
                        HeldEvent.Judged.COUNTED,
                        LaneStore.Failure.said("fails")))
                .isTrue();
        assertThat(failing(store, Duration.ZERO))
                .isBetween(DAY.plusMinutes(5), DAY.plusMinutes(5).plusMillis(1));
    }

    @Test
    void whatWaitedForOthersOfItsLaneFailedMeanwhile() throws Exception {
        failed();
        db.execute(
                "update postevent_inbox.held_event set next_attempt_at = now() - interval '1 hour',"
                        + " counted_from = now() - interval '25 hours'",
                "update postevent_inbox.lane set owner = 'z', epoch = 99");
        JdbcLaneStore store = mails("z");
        assertThat(failing(store, Duration.ofMinutes(20))).isEqualTo(DAY.plusMinutes(20));
        // by a clock of its node that is too fast
        assertThat(failing(store, Duration.ofDays(7))).isLessThan(DAY.plusMinutes(21));
    }

    private JdbcLaneStore mails(String node) {
        return new JdbcLaneStore(jta.local(), new Member(SHOP, node, new Lease(LONG)), "mails");
    }

    private static Duration failing(JdbcLaneStore store, Duration queued) throws Exception {
        return store.tryingHeld(0, 99, 1, queued, "lost").orElseThrow().failing();
    }

    @Test
    void sinceWhenItFailsAndWhenItIsGivenUpIsTold() {
        Instant begun = Instant.now().minusSeconds(1);
        store(2, 1);
        Node node = failingFor(DAY, Duration.ofMinutes(1));
        await().atMost(LONG)
                .until(() -> status(node, "mails").failingFor().toMillis() > 0
                        && status(node, "mails").behind() == 1);
        List<Subscriptions.HeldEvent> held = node.processor.views().held("mails", 2);
        Instant since = held.get(0).failingSince().orElseThrow();
        assertThat(since).isBetween(begun, Instant.now().plusSeconds(1));
        assertThat(held.get(0).givesUp().orElseThrow())
                .isBetween(since.plus(DAY), since.plus(DAY).plusSeconds(60));
        assertThat(held.get(1).state()).isEqualTo(State.BEHIND);
        assertThat(held.get(1).failingSince()).isEmpty();
        assertThat(held.get(1).givesUp()).isEmpty();
        assertThat(node.processor.views().explain("mails", TopicState.WELL).sentence())
                .contains("1 event waits for its next attempt and has been failing for ", "1 event is held behind it");
    }

    @Test
    void whatGoesOnFailingIsAnErrorInTheLogBeforeItIsGivenUp() {
        try (LogLines errors = new LogLines("dev.postevent.processor", Level.SEVERE)) {
            store(1, 1);
            Node node = failingFor(DAY, Duration.ofMillis(4));
            await().atMost(LONG).until(() -> told.size() > 12);
            assertThat(status(node, "mails").parked()).isZero();
            assertThat(errors.with("subscription mails, topic orders, position 1: attempt "))
                    .singleElement()
                    .asString()
                    .contains("attempt 10 failed")
                    .contains("it is given up after 86400 s of failing")
                    .contains("later events of its subject wait for it");
        }
    }

    @Test
    void whatGoesOnFailingFillsNoLog() {
        try (LogLines warnings = new LogLines("dev.postevent.processor", Level.WARNING)) {
            store(1, 1);
            Node node = failingFor(DAY, Duration.ofMillis(4));
            await().atMost(LONG).until(() -> told.size() > 40);
            node.close();
            assertThat(warnings.with("attempt 9 failed")).hasSize(1);
            assertThat(warnings.with("attempt 11 failed")).isEmpty();
            assertThat(warnings.with("attempt 32 failed")).hasSize(1);
            assertThat(warnings.with(" failed, next in ").size()).isLessThan(told.size() / 2);
        }
    }

    @Test
    void whatWasHeldBeforeTheUpgradeHasFailedSinceItWasHeldOrFromNowOn() {
        db.execute(
                "insert into postevent_inbox.subscription (application, name, topic, lanes) values ('shop', 'mails', 'orders', 1)",
                "alter table postevent_inbox.held_event drop column counted_from, drop column lost, drop column waits_from,"
                        + " drop column type",
                "drop table postevent_inbox.operation, postevent_inbox.attempt",
                "delete from postevent_internal.schema_version where part = 'inbox' and version >= 12",
                "insert into postevent_inbox.held_event (application, subscription, idn, lane, state, attempts, first_failed_at)"
                        + " values ('shop', 'mails', 1, 0, 'parked', 10, '2026-01-02 03:04:05+00'),"
                        + " ('shop', 'mails', 2, 0, 'waiting', 3, null),"
                        + " ('shop', 'mails', 3, 0, 'waiting', 0, '2026-01-02 03:04:05+00'),"
                        + " ('shop', 'mails', 4, 0, 'behind', 0, null)");
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareInbox();
        assertThat(db.text(
                        "select string_agg(idn || ' ' || lost || ' ' || case when first_failed_at is null then 'never'"
                                + " when first_failed_at > now() - interval '1 minute' then 'now' else 'then' end"
                                + " || case when counted_from is distinct from first_failed_at then ' otherwise' else '' end,"
                                + " ', ' order by idn) from postevent_inbox.held_event"))
                .isEqualTo("1 0 then, 2 0 now, 3 0 never, 4 0 never");
    }
}
