package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.postevent.PosteventException;
import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.flow.InboxMark;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.LogLines;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

/** Where new subscriptions begin, and that they go on there whatever happens. */
class StartIT extends ProcessorStage {
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private SubscriptionSpec from(Start start, String name) {
        return new SpecBuilder(name, writing(name, failing((event, attempt, again) -> {})))
                .start(start)
                .giveUp(new GiveUp(5, null))
                .heldMax(10_000)
                .build();
    }

    private String positions(String subscription) {
        return db.text("select coalesce(string_agg(position::text, ' ' order by position), '') from effect"
                + " where subscription = '" + subscription + "'");
    }

    private void awaitPassed(Node node, String subscription, long position) {
        await().atMost(LONG).until(() -> status(node, subscription).handled() >= position);
    }

    private void awaitBegun(Node node, String subscription, long after) {
        String now = "now (after position " + after + ")";
        await().atMost(LONG).until(() -> status(node, subscription).start().equals(now));
    }

    /** Stored with times, an hour before noon those below {@code noon}, and after it the others. */
    private void storeWithTimes(int count, long noon) {
        List<LogEntry> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long position = ++stored;
            Instant time = NOON.plusSeconds(position < noon ? -3_600 : 3_600);
            all.add(LogEntry.at(position)
                    .id("e" + position)
                    .source("urn:test")
                    .type("t")
                    .subject("s" + position % 7)
                    .time(OffsetDateTime.ofInstant(time, ZoneOffset.UTC))
                    .build());
        }
        assertThat(inbox.store(ORDERS, all, inbox.mark(ORDERS), stored)).isTrue();
    }

    /** Counts what is read of the inbox. */
    private final class Counting implements EntrySource {
        private final EntrySource real = entries;
        private final AtomicInteger rows = new AtomicInteger();
        private final AtomicInteger skims = new AtomicInteger();

        @Override
        public Page read(TopicName topic, long after, long through, int rowsMax, long bytesMax) {
            Page page = real.read(topic, after, through, rowsMax, bytesMax);
            rows.addAndGet(page.entries().size());
            return page;
        }

        @Override
        public Skim skim(TopicName topic, long after, long through, Instant time, int rowsMax) {
            skims.incrementAndGet();
            return real.skim(topic, after, through, time, rowsMax);
        }

        @Override
        public List<LogEntry> readAt(TopicName topic, List<Long> positions) {
            return real.readAt(topic, positions);
        }

        @Override
        public Map<Long, String> ids(TopicName topic, Collection<Long> positions) {
            return real.ids(topic, positions);
        }

        @Override
        public InboxMark mark(TopicName topic) {
            return real.mark(topic);
        }

        @Override
        public Map<TopicName, Long> marks(Collection<TopicName> topics) {
            return real.marks(topics);
        }

        @Override
        public List<Ahead> ahead(List<Place> places, long countedMax) {
            return real.ahead(places, countedMax);
        }
    }

    @Test
    void whatIsBeforeAPositionIsNotReadAndNoCursorIsAboveTheMark() {
        Counting counting = new Counting();
        entries = counting;
        store(5_000, 7);
        Node node = new Node("a", Duration.ofSeconds(10)).start(from(Start.at(5_003), "s"));
        awaitPassed(node, "s", 5_000);
        await().atMost(LONG)
                .until(() -> db.number("select min(cursor) from postevent_inbox.lane") == 5_000
                        && db.number("select max(cursor) from postevent_inbox.lane") == 5_000);
        assertThat(counting.rows).hasValue(0);
        assertThat(status(node, "s").lag()).isZero();

        storeAndTell(node, 4, 7);
        awaitEffects("s", 2);
        awaitPassed(node, "s", 5_004);
        assertThat(positions("s")).isEqualTo("5003 5004");
        assertThat(status(node, "s").start()).isEqualTo("position 5003");
    }

    @Test
    void whatIsOfAnEarlierTimeIsPassedOverWithoutReadingIt() {
        Counting counting = new Counting();
        entries = counting;
        storeWithTimes(25_000, 24_991);
        Node node = new Node("a", Duration.ofSeconds(10)).start(from(Start.at(NOON), "s"));
        awaitEffects("s", 10);
        assertThat(positions("s")).isEqualTo("24991 24992 24993 24994 24995 24996 24997 24998 24999 25000");
        assertThat(counting.rows).hasValue(10);
        assertThat(counting.skims)
                .as("three that pass, and one that finds the first")
                .hasValue(4);

        // one that comes late with an early time; one without a time cannot be told apart
        storeWithTimes(1, Long.MAX_VALUE);
        store(1, 7);
        node.processor.released(ORDERS, 25_000, null, stored);
        awaitEffects("s", 11);
        awaitPassed(node, "s", 25_002);
        assertThat(positions("s")).endsWith(" 25000 25002");
        assertThat(counting.skims).as("once something was given to it, no more").hasValue(4);
        assertThat(status(node, "s").start()).isEqualTo("time 2026-01-31T12:00:00Z");
    }

    @Test
    void itStaysWhereItBeganWhateverIsSaidLater() {
        store(10, 3);
        Node first = new Node("a", Duration.ofSeconds(2)).start(from(Start.NOW, "s"));
        awaitBegun(first, "s", 10);
        storeAndTell(first, 5, 3);
        awaitEffects("s", 5);
        first.close();

        try (LogLines told = new LogLines("dev.postevent.processor", Level.INFO)) {
            Node second = new Node("b", Duration.ofSeconds(2)).start(from(Start.BEGINNING, "s"));
            storeAndTell(second, 5, 3);
            awaitEffects("s", 10);
            assertThat(status(second, "s").start()).isEqualTo("now (after position 10)");
            assertThat(told.with(
                            "subscription s is there already, and its start was: now (after position 10); that stays,"
                                    + " though it is said to be: beginning"))
                    .hasSize(1);
            second.close();
            Node third = new Node("c", Duration.ofSeconds(2)).start(from(Start.NOW, "s"));
            awaitPassed(third, "s", 20);
            assertThat(told.with("is there already")).as("as it was asked for").hasSize(1);
        }
        assertOnceAndInOrder("s", 10);
        assertThat(positions("s")).startsWith("11 12");
    }

    /** A database that loses commits may lose the registration: it is not another now. */
    @Test
    void aRegistrationThatWasLostIsMadeAgainWhereItWas() {
        store(10, 3);
        Node node = new Node("a", Duration.ofSeconds(2)).start(from(Start.NOW, "s"));
        awaitBegun(node, "s", 10);
        store(5, 3);
        db.execute("delete from postevent_inbox.subscription");
        await().atMost(LONG)
                .until(() -> db.number("select count(*) from postevent_inbox.subscription where begins = 'now'"
                                + " and begins_after = 10")
                        == 1);
        node.processor.released(ORDERS, 0, null, stored);
        awaitEffects("s", 5);
        assertThat(positions("s")).isEqualTo("11 12 13 14 15");
    }

    @Test
    void aSourceThatDoesNotSayWhereNowIsHoldsUpNobodyElse() {
        AtomicReference<RuntimeException> away =
                new AtomicReference<>(new PosteventException("PSTEV35010", "the source is away"));
        Present real = present;
        present = topic -> {
            RuntimeException failure = away.get();
            if (failure != null) {
                throw failure;
            }
            return real.settled(topic);
        };
        store(10, 3);
        Node node = new Node("a", Duration.ofSeconds(10)).start(from(Start.NOW, "new"), from(Start.BEGINNING, "old"));
        awaitEffects("old", 10);
        await().atMost(LONG).until(() -> node.processor.troubles().toString().contains("the source is away"));
        assertThat(node.processor.troubles())
                .singleElement()
                .asString()
                .startsWith(
                        "subscription new: it is new and begins now, but where topic orders is now could not be found out");
        assertThat(status(node, "new").start()).isEqualTo("now");
        assertThat(db.number("select count(*) from postevent_inbox.subscription"))
                .isEqualTo(1);

        away.set(null);
        await().atMost(LONG).until(() -> node.processor.troubles().isEmpty());
        awaitBegun(node, "new", 10);
        storeAndTell(node, 2, 3);
        awaitEffects("new", 2);
        assertThat(positions("new")).isEqualTo("11 12");
    }

    /** It may be elsewhere and hang, or have much to settle: the start of the application is over before it answers. */
    @Test
    void aSourceIsAskedBesideTheStart() {
        CountDownLatch answers = new CountDownLatch(1);
        Present real = present;
        present = topic -> {
            try {
                assertThat(answers.await(1, TimeUnit.MINUTES)).isTrue();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
            return real.settled(topic);
        };
        store(10, 3);
        Node node = new Node("a", Duration.ofSeconds(10)).start(from(Start.NOW, "new"), from(Start.BEGINNING, "old"));
        awaitEffects("old", 10);
        assertThat(status(node, "new").start()).isEqualTo("now");
        assertThat(node.processor.troubles())
                .containsExactly(
                        "subscription new: it is new and begins now, and has not begun yet: its source is being"
                                + " asked where topic orders is");
        assertThat(node.processor.views().explain("new", TopicState.WELL).sentence())
                .contains("has not begun yet");
        assertThatThrownBy(() -> node.processor.operations().pause("new", BY))
                .as("a pause of which nothing would stay")
                .hasMessageContaining("PSTEV34007")
                .hasMessageContaining("has not begun");
        node.processor.operations().resume("new", BY);
        answers.countDown();
        awaitBegun(node, "new", 10);
        await().atMost(LONG).until(() -> node.processor.troubles().isEmpty());
        storeAndTell(node, 2, 3);
        awaitEffects("new", 2);
        assertThat(positions("new")).isEqualTo("11 12");
        node.processor.operations().pause("new", BY);
        await().atMost(LONG).until(() -> status(node, "new").paused());
    }

    @Test
    void aNodeThatComesFirstToASubscriptionThatIsThereAsksNobody() {
        store(10, 3);
        Node first = new Node("a", Duration.ofSeconds(2)).start(from(Start.NOW, "s"));
        awaitBegun(first, "s", 10);
        first.close();
        present = topic -> {
            throw new AssertionError("asked");
        };
        Node node = new Node("b", Duration.ofSeconds(2)).start(from(Start.NOW, "s"));
        storeAndTell(node, 1, 3);
        awaitEffects("s", 1);
        assertThat(positions("s")).isEqualTo("11");
    }
}
