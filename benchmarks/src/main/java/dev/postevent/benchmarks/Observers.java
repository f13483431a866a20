package dev.postevent.benchmarks;

import dev.postevent.Resources;
import dev.postevent.Subscription;
import dev.postevent.Topic;
import io.cloudevents.CloudEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Observers of the applications that are measured. */
final class Observers {
    static final String COUNTING = "counting";

    private Observers() {}

    /** Does nothing but count and check, in a JTA transaction that moves the cursor like any other. */
    @ApplicationScoped
    public static class Counting {
        private volatile Tally tally = new Tally();

        @Subscription(COUNTING)
        public void seen(@Observes @Topic("orders") CloudEvent event) {
            tally.seen(event);
        }

        /** What was counted. */
        public Tally tally() {
            return tally;
        }

        /** Begins to count anew. */
        public Tally anew() {
            tally = new Tally();
            return tally;
        }
    }

    /** A millisecond of CPU per event, and a row that says in which order. */
    @ApplicationScoped
    public static class Heavy {
        static final String TABLE =
                "create table effect (n bigint generated always as identity, subject text, id bigint)";

        private static final long NANOS = 1_000_000;

        @Inject
        Resources resources;

        @Subscription("heavy")
        public void seen(@Observes @Topic("orders") CloudEvent event) throws SQLException {
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long until = threads.getCurrentThreadCpuTime() + NANOS;
            while (threads.getCurrentThreadCpuTime() < until) {
                Thread.onSpinWait();
            }
            try (Connection connection = resources.dataSource("jdbc/app").getConnection();
                    PreparedStatement insert =
                            connection.prepareStatement("insert into effect (subject, id) values (?, ?)")) {
                insert.setString(1, event.getSubject());
                insert.setLong(2, Long.parseLong(event.getId()));
                insert.executeUpdate();
            }
        }
    }

    /** Looks at each event and writes nothing: how far a node is, its cursors say. */
    @ApplicationScoped
    public static class Touching {
        @Subscription("touching")
        public void seen(@Observes @Topic("orders") CloudEvent event) {
            if (event.getData() == null) {
                throw new IllegalStateException("no data in " + event.getId());
            }
        }
    }

    /** Ten topics, ten subscriptions, nothing to do. */
    @ApplicationScoped
    public static class Idle {
        @Subscription("idle0")
        public void on0(@Observes @Topic("topic0") CloudEvent event) {}

        @Subscription("idle1")
        public void on1(@Observes @Topic("topic1") CloudEvent event) {}

        @Subscription("idle2")
        public void on2(@Observes @Topic("topic2") CloudEvent event) {}

        @Subscription("idle3")
        public void on3(@Observes @Topic("topic3") CloudEvent event) {}

        @Subscription("idle4")
        public void on4(@Observes @Topic("topic4") CloudEvent event) {}

        @Subscription("idle5")
        public void on5(@Observes @Topic("topic5") CloudEvent event) {}

        @Subscription("idle6")
        public void on6(@Observes @Topic("topic6") CloudEvent event) {}

        @Subscription("idle7")
        public void on7(@Observes @Topic("topic7") CloudEvent event) {}

        @Subscription("idle8")
        public void on8(@Observes @Topic("topic8") CloudEvent event) {}

        @Subscription("idle9")
        public void on9(@Observes @Topic("topic9") CloudEvent event) {}
    }
}
