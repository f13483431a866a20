package dev.postevent.internal.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.internal.feed.VisibleFirst.Arrival;
import dev.postevent.internal.flow.VisibilityCondition;
import dev.postevent.spi.Feed;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** G13: what the stream brings waits until a query would show it. */
class VisibleFirstTest {
    private static final TopicName ORDERS = new TopicName("orders");
    private static final TopicName BILLS = new TopicName("bills");

    private final TreeSet<Long> running = new TreeSet<>();
    private final List<String> handed = new ArrayList<>();
    private final List<String> doubts = new ArrayList<>();
    private final ArrayDeque<Runnable> due = new ArrayDeque<>();
    private final List<Duration> waits = new ArrayList<>();
    private long next = 100;
    private long now;
    private final List<String> compared = new ArrayList<>();
    private final Map<Long, LogEntry> table = new HashMap<>();
    private int asked;
    private RuntimeException refusal;
    private RuntimeException unasked;
    private Runnable whilePaused = () -> {};

    /** Whether the listener stores where the topics are. */
    private boolean stores;

    private final List<Long> conditions = new ArrayList<>();
    private int notNeeded;

    private final Feed.Listener listener = new VisibleFirst.Storing() {
        @Override
        public boolean onBatchIf(Map<TopicName, List<LogEntry>> batch, VisibilityCondition condition) {
            conditions.addAll(condition.transactions());
            if (!stores || condition.transactions().stream().anyMatch(running::contains)) {
                return false;
            }
            onBatch(batch);
            return true;
        }

        @Override
        public void onBatch(Map<TopicName, List<LogEntry>> batch) {
            if (refusal != null) {
                throw refusal;
            }
            handed.add(batch.entrySet().stream()
                    .map(one -> one.getKey() + ":"
                            + one.getValue().stream()
                                    .map(entry -> String.valueOf(entry.position()))
                                    .collect(Collectors.joining(",")))
                    .collect(Collectors.joining(" ")));
        }

        @Override
        public void onDoubt(String reason) {
            doubts.add(reason);
        }
    };

    private final VisibleFirst.Snapshots source = new VisibleFirst.Snapshots() {
        @Override
        public Snapshot take() {
            return snapshot();
        }

        @Override
        public VisibilityCondition condition(Collection<Long> transactions) {
            return new VisibilityCondition(List.copyOf(transactions), "tables", "tables");
        }

        @Override
        public void notNeeded() {
            notNeeded++;
        }

        @Override
        public Map<Long, LogEntry> rows(TopicName topic, Collection<Long> positions) {
            compared.add(topic + ":" + positions);
            return table;
        }
    };

    private Snapshot snapshot() {
        asked++;
        if (unasked != null) {
            throw unasked;
        }
        return Snapshot.parse((running.isEmpty() ? next : running.first()) + ":" + next + ":"
                + running.stream().map(String::valueOf).collect(Collectors.joining(",")));
    }

    private VisibleFirst gate(int rowsMax, long bytesMax, List<VisibleFirst.Waiting> left) {
        return new VisibleFirst(
                listener,
                source,
                (wait, task) -> {
                    waits.add(wait);
                    due.add(task);
                },
                nanos -> {
                    now += nanos;
                    whilePaused.run();
                },
                () -> now,
                rowsMax,
                bytesMax,
                left);
    }

    private final VisibleFirst visible = gate(100, 1 << 20, List.of());

    private long begin() {
        long transaction = next++;
        running.add(transaction);
        return transaction;
    }

    private long committed() {
        return next++;
    }

    private static Arrival arrival(TopicName topic, long position, long transaction) {
        LogEntry entry = LogEntry.at(position)
                .id("e" + position)
                .source("urn:test")
                .type("t")
                .data(new byte[100])
                .build();
        return new Arrival(topic, position, entry, transaction, true);
    }

    private static Arrival order(long position, long transaction) {
        return arrival(ORDERS, position, transaction);
    }

    private void check() {
        List<Runnable> all = new ArrayList<>(due);
        due.clear();
        all.forEach(Runnable::run);
    }

    @Test
    void whatIsVisibleGoesOnAtOnceWithOneQuestionForAllOfIt() {
        long first = begin();
        long second = begin();
        running.clear();

        visible.hand(List.of(order(1, first), arrival(BILLS, 1, first), order(2, second)));

        assertThat(handed).containsExactly("orders:1,2 bills:1");
        assertThat(asked).isEqualTo(1);
        assertThat(due).isEmpty();
    }

    @Test
    void whoStoresWhereTheTopicsAreAsksAndNobodyElseDoes() {
        stores = true;
        visible.hand(List.of(order(1, committed())));
        long second = committed();
        long third = committed();

        visible.hand(List.of(order(2, third), arrival(BILLS, 1, third), order(3, second)));

        assertThat(handed).containsExactly("orders:1", "orders:2,3 bills:1");
        assertThat(conditions).containsExactly(third, second);
        assertThat(asked).isEqualTo(1);
        assertThat(notNeeded).isEqualTo(1);
    }

    @Test
    void whatTheStoringStatementDoesNotSeeIsWaitedForAsBefore() {
        stores = true;
        visible.hand(List.of(order(1, committed())));
        long hidden = begin();
        visible.hand(List.of(order(2, hidden)));
        assertThat(handed).containsExactly("orders:1");

        // what became visible earlier goes first, so the next one is not stored past it
        running.clear();
        long follows = committed();
        visible.hand(List.of(order(3, follows)));

        assertThat(handed).containsExactly("orders:1", "orders:2,3");
        assertThat(conditions).doesNotContain(follows);
    }

    @Test
    void theStoringStatementIsAskedByWholeNumbers() {
        stores = true;
        next = (5L << 32) - 2;
        visible.hand(List.of(order(1, bits(committed()))));
        List<Long> whole = List.of(committed(), committed());
        visible.hand(List.of(order(2, bits(whole.get(0)))));
        visible.hand(List.of(order(3, bits(whole.get(1)))));

        assertThat(handed).hasSize(3);
        assertThat(conditions).isEqualTo(whole).contains(5L << 32);
        assertThat(asked).isEqualTo(1);
    }

    @Test
    void noAnswerIsTrustedUntilNumbersCouldComeAgain() {
        visible.hand(List.of(order(1, bits(committed()))));
        now += Duration.ofHours(1).toNanos();
        next += 3_000_000_000L;
        long hidden = begin();

        visible.hand(List.of(order(2, bits(hidden))));

        assertThat(handed).containsExactly("orders:1");
        running.clear();
        check();
        assertThat(handed).containsExactly("orders:1", "orders:2");
    }

    private static long bits(long transaction) {
        return transaction & 0xFFFF_FFFFL;
    }

    @Test
    void whatIsOlderOrUnreadableIsNotLeftToTheStoringStatement() {
        stores = true;
        visible.hand(List.of(order(1, committed())));
        LogEntry older = order(2, 0).entry();
        visible.hand(List.of(new Arrival(ORDERS, 2, older, committed(), false)));
        visible.hand(List.of(new Arrival(ORDERS, 3, null, committed(), true)));

        assertThat(conditions).isEmpty();
        assertThat(doubts).hasSize(1);
    }

    @Test
    void nothingIsAskedAboutWhatTheLastAnswerCovers() {
        long first = begin();
        long second = begin();
        running.clear();
        visible.hand(List.of(order(1, first)));

        visible.hand(List.of(order(2, first)));
        visible.hand(List.of(order(3, second)));

        assertThat(handed).containsExactly("orders:1", "orders:2", "orders:3");
        assertThat(asked).isEqualTo(1);
    }

    @Test
    void aBatchWaitsALittleForWhatIsAboutToBecomeVisible() {
        long first = begin();
        long second = begin();
        running.remove(first);
        whilePaused = () -> running.remove(second);

        visible.hand(List.of(order(1, first), order(2, second)));

        assertThat(handed).containsExactly("orders:1,2");
        assertThat(asked).isEqualTo(2);
        assertThat(visible.waiting()).isEmpty();
    }

    @Test
    void whatTakesLongerIsSetAsideAndTheRestGoesOn() {
        long hidden = begin();
        long shown = begin();
        running.remove(shown);

        visible.hand(List.of(order(1, hidden), order(2, shown), arrival(BILLS, 1, shown)));

        assertThat(handed).containsExactly("orders:2 bills:1");
        assertThat(now).isBetween(10_000_000L, 15_000_000L);
        assertThat(visible.waiting()).singleElement().satisfies(one -> {
            assertThat(one.topic()).isEqualTo(ORDERS);
            assertThat(one.position()).isEqualTo(1);
            assertThat(one.transaction()).isEqualTo(hidden);
        });

        check();
        assertThat(handed).hasSize(1);
        running.remove(hidden);
        check();

        assertThat(handed).containsExactly("orders:2 bills:1", "orders:1");
        assertThat(visible.waiting()).isEmpty();
        assertThat(due).isEmpty();
        assertThat(doubts).isEmpty();
    }

    @Test
    void forWhatWasWaitedForOnceNoOtherBatchWaits() {
        long hidden = begin();
        visible.hand(List.of(order(1, hidden)));
        long waited = now;
        int before = asked;

        visible.hand(List.of(order(2, hidden)));

        assertThat(now).isEqualTo(waited);
        assertThat(asked).isEqualTo(before);
        running.clear();
        check();
        assertThat(handed).containsExactly("orders:1,2");
    }

    @Test
    void whatBecameVisibleEarlierIsHandedOnBeforeWhatFollowedIt() {
        long hidden = begin();
        visible.hand(List.of(order(1, hidden)));
        running.clear();
        // the next publisher of the subject could go on only once the first was over
        long follows = begin();
        running.clear();

        visible.hand(List.of(order(2, follows)));

        assertThat(handed).containsExactly("orders:1,2");
        check();
        assertThat(handed).hasSize(1);
    }

    @Test
    void checksComeMoreAndMoreSeldomAndSoonAgainForSomethingNew() {
        visible.hand(List.of(order(1, begin())));
        for (int i = 0; i < 30; i++) {
            check();
        }
        assertThat(waits.get(0)).isEqualTo(Duration.ofMillis(1));
        assertThat(waits.get(waits.size() - 1)).isEqualTo(Duration.ofMillis(50));
        assertThat(due).hasSize(1);

        visible.hand(List.of(order(2, begin())));

        assertThat(waits.get(waits.size() - 1)).isEqualTo(Duration.ofMillis(1));
        int before = asked;
        check();
        assertThat(asked).as("one check, although two were due").isEqualTo(before + 1);
        assertThat(due).hasSize(1);
    }

    @Test
    void whatThereIsNoRoomForIsReadFromTheTablesOnceItIsVisible() {
        VisibleFirst small = gate(2, 1 << 20, List.of());
        long hidden = begin();
        small.hand(List.of(order(1, hidden), order(2, hidden), order(3, hidden)));
        check();
        assertThat(doubts).isEmpty();

        running.clear();
        check();

        assertThat(handed).containsExactly("orders:1,2");
        assertThat(doubts).containsExactly("more came through the stream than is kept until it is visible");
        // and there is room again
        small.hand(List.of(order(4, begin()), order(5, begin())));
        running.clear();
        check();
        assertThat(handed).containsExactly("orders:1,2", "orders:4,5");
    }

    @Test
    void soIsWhatHasTooManyBytes() {
        VisibleFirst small = gate(100, 500, List.of());
        long hidden = begin();
        small.hand(List.of(order(1, hidden), order(2, hidden)));
        running.clear();
        check();

        assertThat(handed).containsExactly("orders:1");
        assertThat(doubts).hasSize(1);
    }

    @Test
    void whatAnEarlierStreamLeftBehindIsReadFromTheTablesOnceItIsVisible() {
        long hidden = begin();
        visible.hand(List.of(order(1, hidden)));
        visible.end();
        check();

        VisibleFirst second = gate(100, 1 << 20, visible.waiting());
        second.begin();
        assertThat(second.waiting()).hasSize(1);
        check();
        assertThat(doubts).isEmpty();
        running.clear();
        check();

        assertThat(handed).isEmpty();
        assertThat(doubts).containsExactly("the stream broke before what it brought was visible");
        assertThat(second.waiting()).isEmpty();
    }

    @Test
    void aRowThatCannotBeReadIsLeftToTheTablesOnceItIsVisible() {
        long hidden = begin();
        visible.hand(List.of(new Arrival(ORDERS, 7, null, hidden, true)));
        assertThat(doubts).isEmpty();

        running.clear();
        check();

        assertThat(handed).isEmpty();
        assertThat(doubts).containsExactly("a row of orders came through the stream and could not be read");
        visible.hand(List.of(new Arrival(ORDERS, 8, null, hidden, true)));
        assertThat(doubts).hasSize(2);
    }

    @Test
    void whatWasNotTakenIsHandedOnAgain() {
        long hidden = begin();
        visible.hand(List.of(order(1, hidden)));
        running.clear();
        refusal = new IllegalStateException("the inbox is away");
        check();
        assertThat(visible.waiting()).hasSize(1);

        refusal = null;
        check();

        assertThat(handed).containsExactly("orders:1");
        assertThat(visible.waiting()).isEmpty();
    }

    @Test
    void aSourceThatCannotBeAskedHandsOnNothing() {
        unasked = new IllegalStateException("away");
        assertThatThrownBy(() -> visible.hand(List.of(order(1, begin())))).isSameAs(unasked);
        assertThat(handed).isEmpty();
        assertThat(visible.waiting()).isEmpty();
        unasked = null;

        visible.hand(List.of(order(2, begin())));
        unasked = new IllegalStateException("away");
        check();
        unasked = null;
        running.clear();
        check();
        assertThat(handed).containsExactly("orders:2");
    }

    @Test
    void nothingIsHandedOnAfterTheEnd() {
        visible.hand(List.of(order(1, begin())));
        running.clear();
        visible.end();
        check();

        assertThat(handed).isEmpty();
        assertThat(due).isEmpty();
    }

    private static Arrival older(long position, long transaction) {
        Arrival arrival = order(position, transaction);
        return new Arrival(ORDERS, position, arrival.entry(), transaction, false);
    }

    private static LogEntry row(long position, String id) {
        return LogEntry.at(position).id(id).source("urn:test").type("t").build();
    }

    @Test
    void whatIsOlderThanTheStreamIsHandedOnOnlyIfItStandsInTheTable() {
        long first = begin();
        running.clear();
        table.put(1L, row(1, "e1"));
        table.put(2L, row(2, "of a table made anew"));

        visible.hand(List.of(older(1, first), older(2, first), older(3, first), order(4, first)));

        assertThat(handed).containsExactly("orders:1,4");
        assertThat(compared).containsExactly("orders:[1, 2, 3]");
    }

    @Test
    void theTableIsAskedForWhatIsOlderOnceThatIsVisible() {
        long hidden = begin();
        visible.hand(List.of(older(1, hidden), older(2, hidden)));
        assertThat(compared).isEmpty();
        table.put(2L, row(2, "e2"));

        running.clear();
        check();

        assertThat(handed).containsExactly("orders:2");
    }

    @Test
    void nothingIsAskedOfTheTableAboutWhatIsRecent() {
        long first = begin();
        running.clear();

        visible.hand(List.of(order(1, first)));

        assertThat(compared).isEmpty();
    }
}
