package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.HeldFilter;
import dev.postevent.NotFoundException;
import dev.postevent.ReplayFrom;
import dev.postevent.Subscriptions.Attempt;
import dev.postevent.internal.jdbc.ServerStart;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What each attempt of a held event failed of is kept, for as long as the event is held, and of no event without bound. */
class AttemptsIT extends ProcessorStage {
    private final AtomicBoolean broken = new AtomicBoolean(true);

    private Node failing(String name, int attemptsMax) {
        return new Node("a", LONG).start(spec(name, attemptsMax, writing(name, failing((event, attempt, again) -> {
            if (broken.get()) {
                throw new IllegalStateException("attempt " + attempt, new SQLException("the ledger is closed"));
            }
        }))));
    }

    private static List<Attempt> attempts(Node node, String name, long position) {
        return node.processor.views().attempts(name, position);
    }

    private long kept() {
        return db.number("select count(*) from postevent_inbox.attempt");
    }

    @Test
    void eachIsListedWithWhatItFailedOfUntilTheEventIsHandled() {
        Node node = failing("billing", 3);
        Instant before = Instant.now().minusSeconds(60);
        storeAndTell(node, 1, 1);
        await().atMost(LONG).until(() -> status(node, "billing").parked() == 1);

        List<Attempt> listed = attempts(node, "billing", 1);

        assertThat(listed).extracting(Attempt::number).containsExactly(3, 2, 1);
        assertThat(listed).isSortedAccordingTo((one, other) -> other.at().compareTo(one.at()));
        assertThat(listed).allSatisfy(attempt -> {
            assertThat(attempt.node()).isEqualTo("a");
            assertThat(attempt.at()).isBetween(before, Instant.now().plusSeconds(60));
            assertThat(attempt.duration()).isBetween(Duration.ofNanos(1_000), Duration.ofMinutes(1));
            assertThat(attempt.cause())
                    .isEqualTo("java.lang.IllegalStateException: attempt " + attempt.number()
                            + "; root cause: java.sql.SQLException: the ledger is closed");
            assertThat(attempt.stack())
                    .get()
                    .asString()
                    .startsWith("java.lang.IllegalStateException: attempt " + attempt.number() + "\n\tat ")
                    .contains("AttemptsIT")
                    .contains("Caused by: java.sql.SQLException: the ledger is closed");
        });
        node.processor.operations().retry("billing", 1, BY);
        await().atMost(LONG)
                .until(() -> status(node, "billing").parked() == 1
                        && attempts(node, "billing", 1).size() == 6);
        assertThat(attempts(node, "billing", 1)).extracting(Attempt::number).containsExactly(3, 2, 1, 3, 2, 1);

        broken.set(false);
        node.processor.operations().retry("billing", 1, BY);

        await().atMost(LONG).until(() -> status(node, "billing").held() == 0);
        assertThat(attempts(node, "billing", 1)).isEmpty();
        assertThat(kept()).isZero();
    }

    @Test
    void aSlowOneSaysHowLongItTook() {
        Node node = new Node("a", LONG).start(oneLane("slow", 2, failing((event, attempt, again) -> {
            if (event.position() == 2) {
                // the clock is what this is about
                Thread.sleep(attempt == 1 ? 120 : 60);
                throw new IllegalStateException("slow");
            }
        })));
        storeAndTell(node, 2, 0);
        await().atMost(LONG).until(() -> status(node, "slow").parked() == 1);
        List<Attempt> listed = attempts(node, "slow", 2);
        assertThat(listed.get(1).duration()).isGreaterThanOrEqualTo(Duration.ofMillis(119));
        assertThat(listed.get(0).duration()).isGreaterThanOrEqualTo(Duration.ofMillis(59));
    }

    @Test
    void ofManyTheFirstAndTheNewestAreKept() {
        Node node = failing("many", 45);
        storeAndTell(node, 1, 1);
        await().atMost(LONG).until(() -> status(node, "many").parked() == 1);
        List<Integer> numbers =
                attempts(node, "many", 1).stream().map(Attempt::number).toList();
        assertThat(numbers).hasSize(AttemptStore.KEPT_MAX).startsWith(45, 44).endsWith(28, 27, 1);
        assertThat(kept()).isEqualTo(AttemptStore.KEPT_MAX);
    }

    @Test
    void thoseThatDoNotCountAreKeptWithTheNumberThatTheObserverWasTold() {
        CountDownLatch free = new CountDownLatch(1);
        AtomicInteger calls = new AtomicInteger();
        Node node = new Node("a", LONG).start(spec("locked", 5, writing("locked", failing((event, attempt, again) -> {
            if (calls.incrementAndGet() <= 3) {
                throw new IllegalStateException("wrapped", new SQLException("deadlock detected", "40P01"));
            }
            free.await();
        }))));
        storeAndTell(node, 1, 1);
        await().atMost(LONG).until(() -> calls.get() == 4);
        assertThat(attempts(node, "locked", 1)).extracting(Attempt::number).containsExactly(1, 1, 1);
        assertThat(node.processor.views().held("locked", 1).get(0).attempts()).isZero();
        free.countDown();
        awaitEffects("locked", 1);
        await().atMost(LONG).until(() -> kept() == 0);
    }

    @Test
    void oneThatWasLostWithItsNodeIsToldByTheNodeThatFindsIt() {
        Node first = new Node("a", LONG).start(hourly());
        storeAndTell(first, 1, 1);
        await().atMost(LONG).until(() -> kept() == 1);
        first.close();
        db.execute(
                "update postevent_inbox.held_event set trying_epoch = -1, next_attempt_at = now(), waits_from = now(),"
                        + " trying_life = " + ServerStart.MICROS);
        Node second = new Node("b", LONG).start(hourly());
        await().atMost(LONG).until(() -> kept() == 3);
        List<Attempt> listed = attempts(second, "hourly", 1);
        assertThat(listed)
                .extracting(attempt -> attempt.node() + attempt.number())
                .containsExactly("b3", "b2", "a1");
        assertThat(listed.get(1).cause()).isEqualTo(AttemptLog.LOST);
        assertThat(listed.get(1).stack()).isEmpty();
        assertThat(listed.get(1).duration()).isZero();
    }

    private SubscriptionSpec hourly() {
        return new SpecBuilder("hourly", failing((event, attempt, again) -> {
                    throw new IllegalStateException("no");
                }))
                .lanes(1)
                .giveUp(new GiveUp(10, null))
                .backoff(Duration.ofHours(1))
                .build();
    }

    @Test
    void whatIsSkippedOrReplayedTakesThemAlong() {
        Node node = failing("along", 1);
        storeAndTell(node, 6, 0);
        await().atMost(LONG).until(() -> status(node, "along").parked() == 6);
        assertThat(kept()).isEqualTo(6);
        node.processor.operations().skip("along", 1, BY);
        assertThat(kept()).isEqualTo(5);
        node.processor.operations().skipAll(HeldFilter.of("along").positions(2, 3), BY);
        assertThat(kept()).isEqualTo(3);
        // a new name of the application, as operations.md has it
        db.execute("update postevent_inbox.subscription set application = 'store'");
        assertThat(db.number("select count(*) from postevent_inbox.attempt where application = 'store'"))
                .isEqualTo(3);
        db.execute("update postevent_inbox.subscription set application = 'shop'");
        broken.set(false);
        node.processor.operations().replay("along", ReplayFrom.position(5), BY);
        assertThat(db.text("select string_agg(idn::text, ' ' order by idn) from postevent_inbox.attempt"))
                .isEqualTo("4");
        db.execute("delete from postevent_inbox.subscription");
        assertThat(kept()).isZero();
    }

    @Test
    void whatIsOnlyBehindHasNone() {
        Node node = failing("behind", 1);
        storeAndTell(node, 3, 1);
        await().atMost(LONG).until(() -> status(node, "behind").behind() == 2);
        assertThat(attempts(node, "behind", 2)).isEmpty();
        assertThat(attempts(node, "behind", 99)).isEmpty();
        assertThatThrownBy(() -> attempts(node, "behind", 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> attempts(node, "nobody", 1))
                .isInstanceOf(NotFoundException.class)
                .hasMessageContaining("PSTEV34002");
    }

    /** A lane in whose way stands what cannot be written down would never go on. */
    @Test
    void aFailureThatTheDatabaseCannotStoreIsKeptAllTheSame() {
        // as a database does whose encoding does not have it
        db.execute(
                "create function refuse() returns trigger language plpgsql as $$ begin if new.stack ~ '\u00fc' then"
                        + " raise exception using errcode = '22P05', message = 'no equivalent in encoding'; end if;"
                        + " return new; end $$",
                "create trigger encoded before insert on postevent_inbox.attempt for each row execute function refuse()");
        Node node = new Node("a", LONG).start(spec("strange", 2, failing((event, attempt, again) -> {
            throw new IllegalStateException("nul \0 and \u00fc");
        })));
        storeAndTell(node, 1, 1);
        await().atMost(LONG).until(() -> status(node, "strange").parked() == 1);
        assertThat(attempts(node, "strange", 1))
                .hasSize(2)
                .allSatisfy(attempt -> assertThat(attempt.cause()).endsWith("nul ? and ?"))
                .allSatisfy(
                        attempt -> assertThat(attempt.stack()).get().asString().contains("\n\tat "));
    }
}
