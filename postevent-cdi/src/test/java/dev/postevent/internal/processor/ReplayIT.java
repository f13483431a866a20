package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.Operator;
import dev.postevent.PosteventException;
import dev.postevent.ReplayFrom;
import dev.postevent.Subscriptions;
import dev.postevent.Subscriptions.HeldEvent.State;
import dev.postevent.spi.LogEntry;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A subscription begins anew: from there each event takes effect once more, in order, whatever is under way. */
class ReplayIT extends ProcessorStage {
    private static final Operator ANNA = Operator.of("anna", "the index was lost");

    private final Set<Long> again = ConcurrentHashMap.newKeySet();

    private SubscriptionSpec noting(String name) {
        return spec(name, 3, writing(name, failing((event, attempt, redelivered) -> {
            if (redelivered) {
                again.add(event.position());
            }
        })));
    }

    private long times(String name, long position) {
        return db.number("select count(*) from effect where subscription = '" + name + "' and position = " + position);
    }

    @Test
    void fromAPositionEachTakesEffectOnceMoreAndIsToldSo() {
        Node node = new Node("a", LONG).start(noting("index"));
        storeAndTell(node, 200, 10);
        awaitEffects("index", 200);
        assertThat(again).isEmpty();
        Subscriptions.ReplayPlan plan = node.processor.operations().planReplay("index", ReplayFrom.position(101));
        assertThat(plan.firstPosition() + " " + plan.mark() + " " + plan.events() + " " + plan.exact() + " "
                        + plan.heldDropped())
                .isEqualTo("101 200 100 true 0");

        node.processor.operations().replay("index", ReplayFrom.position(101), ANNA);

        awaitEffects("index", 300);
        storeAndTell(node, 10, 10);
        awaitEffects("index", 310);
        assertThat(times("index", 100)).isEqualTo(1);
        assertThat(times("index", 101)).isEqualTo(2);
        assertThat(db.number("select count(*) from (select position from effect where position between 101 and 200"
                        + " group by position having count(*) = 2) twice"))
                .isEqualTo(100);
        assertThat(db.number("select count(*) from effect where position > 200"))
                .isEqualTo(10);
        assertThat(again).hasSize(100).allMatch(position -> position > 100 && position <= 200);
        assertThat(status(node, "index").start()).isEqualTo("position 101");
        assertThat(node.processor.operations().operations("index", Long.MAX_VALUE, 10))
                .singleElement()
                .satisfies(done -> assertThat(done.action() + " " + done.what()).isEqualTo("REPLAY from position 101"));
    }

    @Test
    void fromTheBeginningThoughItHasBegunNow() {
        store(50, 5);
        Node node = new Node("a", LONG)
                .start(new SpecBuilder("late", writing("late", failing((event, attempt, again) -> {})))
                        .start(Start.NOW)
                        .build());
        await().atMost(LONG).until(() -> status(node, "late").start().startsWith("now (after"));
        storeAndTell(node, 5, 5);
        awaitEffects("late", 5);

        node.processor.operations().replay("late", ReplayFrom.beginning(), ANNA);

        awaitEffects("late", 60);
        assertThat(db.number("select count(distinct position) from effect")).isEqualTo(55);
    }

    @Test
    void fromATimeWithTheFirstEventThatHasIt() {
        Node node = new Node("a", LONG).start(noting("timed"));
        Instant noon = Instant.parse("2026-01-01T12:00:00Z");
        List<LogEntry> entries = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            // one that is late stands among those after it
            Instant time = i == 70 ? noon.minusSeconds(5) : noon.plusSeconds(i - 50);
            entries.add(LogEntry.at(i)
                    .id("e" + i)
                    .source("urn:test")
                    .type("t")
                    .subject("s")
                    .time(time.atOffset(ZoneOffset.UTC))
                    .build());
        }
        assertThat(inbox.store(ORDERS, entries, inbox.mark(ORDERS), 100)).isTrue();
        stored = 100;
        node.processor.released(ORDERS, 0, entries, 100);
        awaitEffects("timed", 100);
        assertThat(node.processor
                        .operations()
                        .planReplay("timed", ReplayFrom.time(noon))
                        .events())
                .isEqualTo(51);

        node.processor.operations().replay("timed", ReplayFrom.time(noon), ANNA);

        awaitEffects("timed", 151);
        assertThat(times("timed", 49)).isEqualTo(1);
        assertThat(times("timed", 50)).isEqualTo(2);
        assertThat(times("timed", 70)).isEqualTo(2);
        node.processor.operations().replay("timed", ReplayFrom.time(noon.plus(Duration.ofDays(1))), ANNA);
        storeAndTell(node, 3, 1);
        awaitEffects("timed", 154);
        assertThat(effects("timed")).isEqualTo(154);
    }

    @Test
    void toNowWhatIsNotHandledIsPassedOver() {
        Node node = new Node("a", LONG).start(noting("now"));
        storeAndTell(node, 10, 5);
        awaitEffects("now", 10);
        node.processor.operations().pause("now", ANNA);
        storeAndTell(node, 100, 5);
        assertThat(status(node, "now").lag()).isEqualTo(100);
        assertThat(node.processor
                        .operations()
                        .planReplay("now", ReplayFrom.now())
                        .events())
                .isZero();

        node.processor.operations().replay("now", ReplayFrom.now(), ANNA);
        node.processor.operations().resume("now", ANNA);

        storeAndTell(node, 10, 5);
        awaitEffects("now", 20);
        await().atMost(LONG).until(() -> status(node, "now").lag() == 0);
        assertThat(db.number("select count(*) from effect where position between 11 and 110"))
                .isZero();
        assertOnceAndInOrder("now", 20);
    }

    @Test
    void whatIsHeldAboveComesAgainWithTheRestAndBelowAsIsAsked() {
        AtomicBoolean broken = new AtomicBoolean(true);
        Node node = new Node("a", LONG)
                .start(new SpecBuilder("held", writing("held", failing((event, attempt, again) -> {
                            if (broken.get() && (event.position() == 3 || event.position() == 17)) {
                                throw new IllegalStateException("broken");
                            }
                        })))
                        .giveUp(new GiveUp(1, null))
                        .heldMax(1_000)
                        .build());
        storeAndTell(node, 40, 5);
        // 3 with 7 behind it, 17 with 4
        await().atMost(LONG).until(() -> status(node, "held").held() == 13);
        assertThat(node.processor
                        .operations()
                        .planReplay("held", ReplayFrom.position(11))
                        .heldDropped())
                .isEqualTo(11);
        broken.set(false);

        node.processor.operations().replay("held", ReplayFrom.position(11), ANNA);

        // of s3 what is at or above 11 is put behind again, the rest is handled
        await().atMost(LONG)
                .until(() -> times("held", 37) == 1 && status(node, "held").behind() == 7);
        assertThat(node.processor.views().held("held", 100))
                .extracting(held -> held.position() + " " + held.state())
                .startsWith("3 PARKED", "8 BEHIND", "13 BEHIND");
        node.processor.operations().retry("held", 3, ANNA);
        await().atMost(LONG).until(() -> status(node, "held").held() == 0);
        assertThat(db.text("select string_agg(position::text, ' ' order by n) from effect where subject = 's3'"))
                .isEqualTo("3 8 13 18 23 28 33 38");

        broken.set(true);
        node.processor.operations().replay("held", ReplayFrom.beginning(), ANNA);
        await().atMost(LONG).until(() -> status(node, "held").parked() == 2);
        broken.set(false);
        node.processor.operations().replay("held", ReplayFrom.position(35).droppingHeld(), ANNA);
        await().atMost(LONG)
                .until(() ->
                        status(node, "held").held() == 0 && status(node, "held").lag() == 0);
        assertThat(node.processor.views().held("held", 10)).noneMatch(held -> held.state() == State.PARKED);
    }

    @Test
    void whatHasNotBegunIsRefused() {
        present = topic -> {
            throw new PosteventException("PSTEV35001", "the source is away");
        };
        Node node = new Node("a", LONG)
                .start(new SpecBuilder("unborn", writing("unborn", failing((event, attempt, again) -> {})))
                        .start(Start.NOW)
                        .build());
        assertThatThrownBy(() -> node.processor.operations().replay("unborn", ReplayFrom.beginning(), ANNA))
                .isInstanceOfSatisfying(
                        PosteventException.class, e -> assertThat(e.code()).isEqualTo("PSTEV34010"));
        assertThat(db.number("select count(*) from postevent_inbox.operation")).isZero();
    }

    /** Of each subject the effects are its events one after the other, but where they begin again, at the place that was asked for. */
    @Test
    void inTheMiddleOfWorkOfTwoNodesNothingIsSkippedAndNothingTwice() throws Exception {
        SubscriptionSpec spec = new SpecBuilder("busy", writing("busy", failing((event, attempt, redelivered) -> {
                    if (event.position() % 97 == 0 && attempt == 1) {
                        throw new IllegalStateException("once");
                    }
                })))
                .lanes(8)
                .batchMax(7)
                .heldMax(1_000)
                .build();
        Node first = new Node("a", LONG).start(spec);
        Node second = new Node("b", LONG).start(spec);
        await().atMost(LONG).until(() -> status(first, "busy").owners().size() == 2);
        Random random = new Random(4_711);
        List<Long> places = new ArrayList<>();
        for (int round = 0; round < 12; round++) {
            long before = stored;
            List<LogEntry> entries = store(150, 20);
            first.processor.released(ORDERS, before, entries, stored);
            second.processor.released(ORDERS, before, entries, stored);
            Node by = round % 2 == 0 ? first : second;
            long place = 1 + random.nextInt((int) stored);
            by.processor.operations().replay("busy", ReplayFrom.position(place), ANNA);
            places.add(place);
        }
        await().atMost(LONG)
                .until(() -> status(first, "busy").lag() == 0
                        && status(first, "busy").held() == 0);
        Map<String, List<Long>> bySubject = new TreeMap<>();
        try (Connection connection = db.dataSource().getConnection();
                Statement select = connection.createStatement();
                ResultSet row = select.executeQuery("select subject, position from effect order by n")) {
            while (row.next()) {
                bySubject
                        .computeIfAbsent(row.getString(1), subject -> new ArrayList<>())
                        .add(row.getLong(2));
            }
        }
        assertThat(bySubject).hasSize(20);
        bySubject.forEach((subject, positions) -> assertThat(goesOn(subject, positions, places))
                .as(subject + " " + positions + " replayed from " + places)
                .isTrue());
    }

    /** Every step is to the next event of the subject, or to the first one at or above a place of a replay, each used once and in turn. */
    private boolean goesOn(String subject, List<Long> positions, List<Long> places) {
        long number = Long.parseLong(subject.substring(1));
        int replays = 0;
        long expected = firstAt(1, number);
        for (long position : positions) {
            while (position != expected) {
                if (replays == places.size()) {
                    return false;
                }
                // a replay that came before anything was handled there, or passes over, changes what is next all the
                // same
                expected = firstAt(places.get(replays++), number);
            }
            expected = position + 20;
        }
        while (expected <= stored && replays < places.size()) {
            expected = firstAt(places.get(replays++), number);
        }
        return expected > stored;
    }

    private static long firstAt(long place, long number) {
        long first = place;
        while (first % 20 != number) {
            first++;
        }
        return first;
    }
}
