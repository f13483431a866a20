package dev.postevent.internal.processor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.Notice;
import dev.postevent.Operator;
import dev.postevent.Subscriptions;
import dev.postevent.internal.flow.EntrySource;
import dev.postevent.internal.inbox.Inbox;
import dev.postevent.internal.schema.Schema;
import dev.postevent.internal.threads.Backoff;
import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.JtaFixture;
import dev.postevent.testing.PostgresFixture;
import jakarta.transaction.UserTransaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Nodes that run the processor on a real database and transaction manager, fed by hand. */
abstract class ProcessorStage {
    static final TopicName ORDERS = new TopicName("orders");
    static final Application SHOP = new Application("shop", true);
    static final Duration LONG = Duration.ofMinutes(4);
    static final Operator BY = Operator.of("test", "because");

    final PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
    final JtaFixture jta = JtaFixture.over(db);
    final Inbox inbox = new Inbox(db.dataSource());
    final List<Node> nodes = new ArrayList<>();
    /** Of all nodes. */
    final List<Notice> notices = new CopyOnWriteArrayList<>();

    Present present = topic -> inbox.mark(topic).mark();
    EntrySource entries = inbox;
    long stored;

    @BeforeEach
    void tables() {
        new Schema(db.dataSource(), Schema.Mode.CREATE).prepareInbox();
        db.execute("create table effect (n bigint generated always as identity, subscription text, position bigint,"
                + " subject text, attempt int)");
    }

    @AfterEach
    void end() {
        nodes.forEach(Node::close);
        jta.close();
    }

    /** One node of the application. */
    final class Node implements AutoCloseable {
        final Threads threads = new Threads(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        final Processor processor;

        Node(String name, Duration lease) {
            this(name, lease, jta.userTransaction());
        }

        Node(String name, Duration lease, UserTransaction transaction) {
            processor = new Processor(
                    jta.local(),
                    entries,
                    present,
                    new Transactions(transaction, jta.registry()),
                    threads,
                    new Random(1),
                    new Member(SHOP, name, new Lease(lease)),
                    notices::add);
            nodes.add(this);
        }

        Node start(SubscriptionSpec... specs) {
            processor.start(List.of(specs));
            processor.released(ORDERS, 0, null, inbox.mark(ORDERS).mark());
            return this;
        }

        /** As a kill: nothing is given back. */
        void die() {
            processor.stopWork();
            threads.stop(Duration.ofSeconds(5));
        }

        @Override
        public void close() {
            die();
            processor.giveBack();
        }
    }

    SubscriptionSpec spec(String name, int attemptsMax, SubscriptionSpec.Handler handler) {
        return spec(name, 8, 4, attemptsMax, handler);
    }

    /** All events in one lane, and so in one batch. */
    SubscriptionSpec oneLane(String name, int attemptsMax, SubscriptionSpec.Handler handler) {
        return spec(name, 1, 1, attemptsMax, handler);
    }

    SubscriptionSpec spec(String name, int lanes, int concurrency, int attemptsMax, SubscriptionSpec.Handler handler) {
        Backoff backoff = new Backoff(Duration.ofMillis(5), 2, Duration.ofMillis(50));
        return spec(name, lanes, concurrency, new GiveUp(attemptsMax, null), backoff, handler);
    }

    SubscriptionSpec spec(
            String name, int lanes, int concurrency, GiveUp giveUp, Backoff backoff, SubscriptionSpec.Handler handler) {
        return new SpecBuilder(name, handler)
                .lanes(lanes)
                .concurrency(concurrency)
                .giveUp(giveUp)
                .backoff(backoff)
                .heldMax(10_000)
                .build();
    }

    /** Writes an effect through the transaction, after what {@code before} does. */
    SubscriptionSpec.Handler writing(String name, SubscriptionSpec.Handler before) {
        return new SubscriptionSpec.Handler() {
            @Override
            public boolean wants(LogEntry event) {
                return before.wants(event);
            }

            @Override
            public void handle(LogEntry event, int attempt, boolean again, boolean last) throws Exception {
                try (Connection connection = jta.local().getConnection();
                        PreparedStatement insert = connection.prepareStatement(
                                "insert into effect (subscription, position, subject, attempt) values (?, ?, ?, ?)")) {
                    insert.setString(1, name);
                    insert.setLong(2, event.position());
                    insert.setString(3, event.subject());
                    insert.setInt(4, attempt);
                    insert.executeUpdate();
                }
                before.handle(event, attempt, again, last);
            }
        };
    }

    interface Fault {
        void at(LogEntry event, int attempt, boolean again) throws Exception;
    }

    static SubscriptionSpec.Handler failing(Fault fault) {
        return new SubscriptionSpec.Handler() {
            @Override
            public boolean wants(LogEntry event) {
                return !event.type().equals("unwanted");
            }

            @Override
            public void handle(LogEntry event, int attempt, boolean again, boolean last) throws Exception {
                fault.at(event, attempt, again);
            }
        };
    }

    List<LogEntry> store(int count, int subjects) {
        List<LogEntry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long position = ++stored;
            entries.add(LogEntry.at(position)
                    .id("e" + position)
                    .source("urn:test")
                    .type("t")
                    .subject(subjects == 0 ? null : "s" + position % subjects)
                    .build());
        }
        assertThat(inbox.store(ORDERS, entries, inbox.mark(ORDERS), stored)).isTrue();
        return entries;
    }

    void storeAndTell(Node node, int count, int subjects) {
        long before = stored;
        List<LogEntry> entries = store(count, subjects);
        node.processor.released(ORDERS, before, entries, stored);
    }

    long effects(String subscription) {
        return db.number("select count(*) from effect where subscription = '" + subscription + "'");
    }

    void awaitEffects(String subscription, long count) {
        await().atMost(LONG).until(() -> effects(subscription) >= count);
    }

    void assertOnceAndInOrder(String subscription, long count) {
        assertThat(db.text("select count(*) || ' ' || count(distinct position) from effect where subscription = '"
                        + subscription + "'"))
                .isEqualTo(count + " " + count);
        assertThat(db.number(
                        "select count(*) from (select position - lag(position) over (partition by subject order by n) as step"
                                + " from effect where subject is not null and subscription = '" + subscription
                                + "') o where step < 0"))
                .isZero();
    }

    Subscriptions.Status status(Node node, String name) {
        return node.processor.views().status().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
