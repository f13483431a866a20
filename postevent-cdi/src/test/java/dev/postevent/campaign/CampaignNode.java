package dev.postevent.campaign;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.Operator;
import dev.postevent.Resources;
import dev.postevent.StatusReport;
import dev.postevent.Subscription;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.LeastPrivilege;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * One process of the application under test: publishes and, unless it is a shop, observes until it is told to, or dies.
 *
 * <p>Reads its orders from standard input, one a line: {@code quiet} ends publishing, {@code quit} or the end of the input ends the
 * process in order, the others are below. Answers are lines of standard output.
 */
public final class CampaignNode {
    static final String READY = "the node is ready";
    /** The last word of an answer. */
    static final String END = " (end of the answer)";

    static final String QUIET = "the node is quiet";
    /** Events that take no part in the count per subject have this source. */
    static final URI UNCOUNTED = URI.create("urn:campaign");
    /** The subscription {@code picky} fails for events of this type until they are in the table {@code cured}. */
    static final String POISON = "campaign.poison";

    /** The subscription {@code good} takes as many milliseconds as events of this type say. */
    static final String SLOW = "campaign.slow";

    static final int TRANSACTION_TIMEOUT_SECONDS = 5;

    private final App app;
    private final Publishing publishing;

    private CampaignNode(App app, Publishing publishing) {
        this.app = app;
        this.publishing = publishing;
    }

    /** Writes what it handles, and now and then fails. */
    @ApplicationScoped
    public static class Effects {
        @Inject
        Resources resources;

        @Inject
        @Topic("orders")
        EventPublisher orders;

        private final Random random = new Random(Long.getLong("campaign.seed", 0));
        private final AtomicBoolean oversleep = new AtomicBoolean();

        @Subscription("good")
        void good(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws Exception {
            write("good", event, delivery);
            if (event.getType().equals(SLOW)) {
                String millis = new String(event.getData().toBytes(), StandardCharsets.UTF_8);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(Long.parseLong(millis)));
            }
            SecondResource.join(resources.synchronizationRegistry());
        }

        @Subscription("moody")
        void moody(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            write("moody", event, delivery);
            if (oversleep.compareAndSet(true, false)) {
                System.out.println("the node oversleeps at position " + delivery.position());
                LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(TRANSACTION_TIMEOUT_SECONDS + 3));
            }
            switch (chance(400)) {
                case 0, 1, 2, 3 -> throw new IllegalStateException("in a bad mood");
                case 4 -> throw new AssertionError("in a very bad mood");
                case 5 -> resources.synchronizationRegistry().setRollbackOnly();
                case 6, 7 -> publishToItsOwnTopic();
                default -> {
                    // handled
                }
            }
        }

        private void publishToItsOwnTopic() {
            // with a login for each side this is a transaction of two resources, and nobody here recovers those of dead
            // nodes
            if (!LeastPrivilege.isAskedFor()) {
                orders.publish(uncounted(UUID.randomUUID().toString()));
            }
        }

        @Subscription("picky")
        void picky(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            write("picky", event, delivery);
            if (event.getType().equals(POISON) && !isCured(event.getId())) {
                throw new IllegalStateException("poison");
            }
        }

        public void oversleep() {
            oversleep.set(true);
        }

        private int chance(int of) {
            synchronized (random) {
                return random.nextInt(of);
            }
        }

        private boolean isCured(String id) throws SQLException {
            try (Connection connection = resources.dataSource("jdbc/app").getConnection();
                    PreparedStatement select = connection.prepareStatement("select 1 from cured where event = ?")) {
                select.setString(1, id);
                try (ResultSet row = select.executeQuery()) {
                    return row.next();
                }
            }
        }

        private void write(String subscription, CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, subscription, event, delivery);
        }
    }

    /** Arguments: JDBC URL, user, database, name of the process, lease in milliseconds; more in system properties. */
    public static void main(String... args) throws IOException, InterruptedException {
        // the embedded cluster trusts, any password does
        PostgresFixture.Db db = new PostgresFixture.Db(args[0], args[1], "x", args[2]);
        boolean shop = Boolean.getBoolean("campaign.shop");
        App.Builder builder = App.over(db)
                .with("postevent.application", (shop ? "shop_" : "campaign_") + args[2])
                .with("postevent.node", args[3])
                .with("postevent.lease", args[4] + "ms")
                .with("postevent.subscriptions.defaults.lanes", "12")
                .with("postevent.subscriptions.defaults.attempts-max", "1000000")
                .with("postevent.subscriptions.defaults.backoff-first", "5ms")
                .with("postevent.subscriptions.defaults.backoff-max", "200ms")
                .wrapped(HaltingDataSource::of);
        if (shop) {
            builder.with("postevent.topics.names", "orders");
        } else {
            builder.with("postevent.subscriptions.picky.attempts-max", "10")
                    .with("postevent.subscriptions.moody.transaction-timeout", TRANSACTION_TIMEOUT_SECONDS + "s")
                    .beans(Effects.class);
        }
        App app = (Boolean.getBoolean("campaign.xa") ? builder.xa(HaltingXaDataSource.class) : builder).start();
        Publishing publishing = new Publishing(
                app,
                System.getProperty("campaign.prefix", "s"),
                Integer.getInteger("campaign.subjects", 200),
                Integer.getInteger("campaign.publishers", 2),
                System.getProperty("campaign.latencies", ""),
                Long.getLong("campaign.seed", 0));
        System.out.println(READY);
        new CampaignNode(app, publishing).obey();
        publishing.end();
        app.close();
        System.exit(0); // threads of the transaction manager are no daemons
    }

    private void obey() throws IOException, InterruptedException {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null && !order.equals("quit"); order = orders.readLine()) {
            String[] words = order.split(" ");
            switch (words[0]) {
                case "quiet" -> {
                    publishing.end();
                    System.out.println(QUIET);
                }
                case "pace" -> publishing.pace(Double.parseDouble(words[1]));
                case "halt" -> HaltPoint.valueOf(words[1]).arm();
                case "oversleep" -> app.get(Effects.class).oversleep();
                case "retry" ->
                    app.get(Subscriptions.class)
                            .retry(words[1], Long.parseLong(words[2]), Operator.of("campaign", "it is healed"));
                // not here: a database that is away takes its time to say so
                case "report" -> answer(words[1], () -> report().toString());
                case "figures" -> answer(words[1], this::figures);
                default -> throw new IllegalStateException("what is '" + order + "'?");
            }
        }
    }

    private static void answer(String number, java.util.function.Supplier<String> question) {
        Thread thread = new Thread(() -> {
            String answer;
            try {
                answer = question.get();
            } catch (RuntimeException e) {
                answer = "failed: " + e;
            }
            System.out.println("answer " + number + " " + answer.replaceAll("\\s+", " ") + END);
        });
        thread.setDaemon(true);
        thread.start();
    }

    private StatusReport report() {
        return app.get(Subscriptions.class).report();
    }

    /** Heap after a collection in bytes, events committed here, and, of a node, the greatest lag in positions. */
    private String figures() {
        System.gc();
        long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
        StatusReport report = report();
        long waiting = report.topics().stream()
                .mapToLong(topic ->
                        Math.max(0, topic.head().orElse(0) - topic.mark().orElse(0)))
                .sum();
        long lag = report.subscriptions().stream()
                .mapToLong(Subscriptions.Status::lag)
                .max()
                .orElse(0);
        return heap + " " + publishing.committed() + " " + (waiting + lag);
    }

    static CloudEvent uncounted(String id) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(UNCOUNTED)
                .withType("campaign.event")
                .build();
    }
}
