package dev.postevent.campaign;

import dev.postevent.Delivery;
import dev.postevent.EventPublisher;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import dev.postevent.spi.Resources;
import dev.postevent.testing.App;
import dev.postevent.testing.EffectTable;
import dev.postevent.testing.JtaFixture;
import dev.postevent.testing.PostgresFixture;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * One node of the application under test, in a JVM of its own: publishes and observes until it is told to, or dies.
 *
 * <p>Reads its orders from standard input: {@code quiet} ends publishing, {@code quit} or the end of the input ends the node in
 * order.
 */
public final class CampaignNode {
    static final String READY = "the node is ready";
    static final String QUIET = "the node is quiet";
    static final int SUBJECTS = 200;
    /** Events that take no part in the count per subject have this source. */
    static final URI UNCOUNTED = URI.create("urn:campaign");

    private static final int PUBLISHERS = 2;

    private CampaignNode() {}

    /** Writes what it handles, and now and then fails. */
    @ApplicationScoped
    public static class Effects {
        @Inject
        Resources resources;

        @Inject
        @Topic("orders")
        EventPublisher orders;

        private final Random random = new Random();

        @Subscription("good")
        void good(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            write("good", event, delivery);
        }

        @Subscription("moody")
        void moody(@Observes @Topic("orders") CloudEvent event, Delivery delivery) throws SQLException {
            write("moody", event, delivery);
            switch (chance(400)) {
                case 0, 1, 2, 3 -> throw new IllegalStateException("in a bad mood");
                case 4 -> throw new AssertionError("in a very bad mood");
                case 5 -> resources.synchronizationRegistry().setRollbackOnly();
                case 6, 7 -> orders.publish(uncounted(UUID.randomUUID().toString())); // to the topic it observes
                default -> {
                    // handled
                }
            }
        }

        private int chance(int of) {
            synchronized (random) {
                return random.nextInt(of);
            }
        }

        private void write(String subscription, CloudEvent event, Delivery delivery) throws SQLException {
            EffectTable.write(resources, subscription, event, delivery);
        }
    }

    /** Arguments: JDBC URL, user, database, node name, application, lease in milliseconds. */
    public static void main(String... args) throws IOException, InterruptedException {
        // the embedded cluster trusts, any password does
        PostgresFixture.Db db = new PostgresFixture.Db(args[0], args[1], "x", args[2]);
        App app = App.over(db)
                .with("postevent.application", args[4])
                .with("postevent.node", args[3])
                .with("postevent.lease-millis", args[5])
                .with("postevent.subscription.lanes", "12")
                .with("postevent.subscription.attempts-max", "1000000")
                .with("postevent.subscription.backoff-first-millis", "5")
                .with("postevent.subscription.backoff-max-millis", "200")
                .beans(Effects.class)
                .start();
        Publishing publishing = new Publishing(app);
        System.out.println(READY);
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null && !order.equals("quit"); order = orders.readLine()) {
            if (order.equals("quiet")) {
                publishing.end();
                System.out.println(QUIET);
            }
        }
        publishing.end();
        app.close();
        System.exit(0); // threads of the transaction manager are no daemons
    }

    private static CloudEvent uncounted(String id) {
        return CloudEventBuilder.v1()
                .withId(id)
                .withSource(UNCOUNTED)
                .withType("campaign.event")
                .build();
    }

    private static final class Publishing {
        private final App app;
        private final EventPublisher orders;
        private final List<Thread> threads = new ArrayList<>();
        private volatile boolean ended;

        Publishing(App app) {
            this.app = app;
            this.orders = app.get(EventPublisher.class, Topic.Literal.of("orders"));
            for (int i = 0; i < PUBLISHERS; i++) {
                Thread thread = new Thread(this::run, "publisher-" + i);
                thread.setDaemon(true);
                thread.start();
                threads.add(thread);
            }
        }

        private void run() {
            Random random = new Random();
            String failure = "";
            while (!ended) {
                try {
                    transaction(random);
                    failure = "";
                } catch (Exception e) {
                    // a database that is being killed; said once, so that the log stays readable
                    if (!failure.equals(e.toString())) {
                        failure = e.toString();
                        System.out.println("publishing failed: " + failure);
                    }
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(40)));
            }
        }

        /**
         * One to three events of different subjects. Each counts its subject in a row of the same transaction, so that its data
         * give the commit order of the subject by another way than postevent's own locks.
         */
        private void transaction(Random random) throws Exception {
            int first = random.nextInt(SUBJECTS);
            int count = 1 + random.nextInt(3);
            boolean dawdle = random.nextInt(100) == 0;
            boolean duplicate = random.nextInt(50) == 0;
            int size = 1 + (random.nextInt(100) == 0 ? random.nextInt(64 << 10) : random.nextInt(200));
            JtaFixture.Work work = () -> {
                for (int i = 0; i < count && first + i < SUBJECTS; i++) {
                    String subject =
                            "s" + (first + i); // ascending: two transactions wait for each other in one direction
                    byte[] data = new byte[size];
                    data[0] = (byte) counted(subject);
                    orders.publish("order.placed", subject, data);
                }
                if (duplicate) {
                    // committed once; from then on the database refuses it, and the transaction with it
                    orders.publish(uncounted("always the same"));
                }
                if (dawdle) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(1_500)));
                }
            };
            if (random.nextInt(5) == 0) {
                app.jta().rolledBack(work);
            } else {
                app.jta().transaction(work);
            }
        }

        private long counted(String subject) throws SQLException {
            try (Connection connection = app.jta().local().getConnection();
                    PreparedStatement count = connection.prepareStatement(
                            "insert into counter as c (subject, n) values (?, 1) on conflict (subject) do update set n = c.n + 1"
                                    + " returning n")) {
                count.setString(1, subject);
                try (ResultSet row = count.executeQuery()) {
                    row.next();
                    return row.getLong(1);
                }
            }
        }

        void end() throws InterruptedException {
            ended = true;
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }
}
