package dev.postevent.spi;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A way to topics of other applications, and for them to ours: an optional JAR brings it, {@link java.util.ServiceLoader} finds
 * it. Implementations have a public constructor without parameters and no state of their own; what lives is a {@link Link}.
 *
 * <pre>{@code
 * META-INF/services/dev.postevent.spi.Transport:   com.example.CarrierPigeons
 * postevent.topics.orders.remote.uri=pigeon://loft-7:1
 * }</pre>
 *
 * @since 0.1.0
 */
public interface Transport {

    /** URI schemes of {@code postevent.topics.<topic>.remote.uri} that it serves. */
    Set<String> schemes();

    /** Every configuration key it reads; any other under {@code postevent.} is refused. */
    List<ConfigKey> keys();

    /**
     * Reads and checks the configuration when the application is deployed. Opens no connection and starts nothing.
     *
     * @param fault takes one sentence for each thing that is wrong: key, what was found, what would be right; the deployment is
     *     refused if there is any
     */
    Configured configure(Setup setup, Consumer<String> fault);

    /** What is known at deployment. Made by postevent alone: it may gain methods. */
    interface Setup {

        /** A configuration value by its key, stripped; empty if not set. */
        Optional<String> config(String key);

        /** The topics whose tables are in this application's database. */
        Set<TopicName> published();

        /** The topics that come over this transport. */
        List<RemoteTopic> remotes();
    }

    /** A transport with its configuration. */
    interface Configured {

        /** True if it serves this application's topics to others, and so needs their live flow. */
        boolean serves();

        /** Opens it, once for the life of the application. Starts nothing that waits for others. */
        Link open(Surroundings surroundings);
    }

    /** What it gets from the application. Made by postevent alone: it may gain methods. */
    interface Surroundings {

        /** The application's name. */
        String application();

        /** This node's name. */
        String node();

        /** Makes every thread it uses. */
        ThreadFactory threads();

        /** This application's own topics. */
        EventLog log();

        /** Where consumers' marks are kept. */
        Marks marks();

        /** How far this application has received a remote topic, by its name here; empty if it does not know. */
        OptionalLong received(TopicName topic);
    }

    /** Keeps the marks of remote consumers durably; methods throw {@link dev.postevent.PosteventException} where the database fails. */
    interface Marks {
        /**
         * Remembers how far a consumer is; it is {@code principal/name} in {@link ConsumerMark}.
         *
         * @param principal the proven identity
         * @param name the name it gives itself, without a slash
         * @param namesMax how many names a principal may have for one topic
         * @return false if it has so many others already, and nothing was remembered
         */
        boolean report(String principal, String name, TopicName topic, long mark, int namesMax);

        /** All that are known, of all nodes, by topic and consumer. */
        List<ConsumerMark> all();
    }

    /** A transport at work in one application. Safe for use by many threads. */
    interface Link {

        /** A remote topic; its feed is not started yet. Whoever asks for it closes it. */
        Source connect(RemoteTopic topic);

        /** Begins to serve; returns at once and, where that fails, goes on trying. Called at most once, if {@link Configured#serves}. */
        void serve();

        /** The live flow of this application's own topics, each batch after it was stored. Returns at once. */
        void offer(Map<TopicName, List<LogEntry>> batch);

        /** The live flow may have missed something. Returns at once. */
        void doubt(String reason);

        /** Ends everything, also sources that are open; waits no longer than {@code limit}. May be called twice. */
        void stop(Duration limit);

        /** How the serving side is doing; null if it does not serve. Does not block. */
        @Nullable
        ServerStatus status();
    }

    /**
     * One remote topic. Topic names in its log and feed are those of this application.
     *
     * <p>Who asked for it with {@link Link#connect} closes it. postevent does so once, when the application stops: after {@link Feed#stop}
     * of its feed and after the last read of its log, unless one did not end in time, and before {@link Link#stop}.
     */
    interface Source extends AutoCloseable {

        /** The source's event log. */
        EventLog log();

        /** The source's live flow. */
        Feed feed();

        /** Greatest position the source is known to have committed; empty if it was never heard of. Does not block. */
        OptionalLong headSeen();

        /** Greatest position the source is known to have settled; empty if it was never heard of. Does not block. */
        OptionalLong settledSeen();

        /**
         * Ends what is this source's alone, a feed that still runs as well; other sources of its link go on. Waits for nothing but its
         * own threads, and for these a second at most. Nothing is read or started after it; a read that is under way may fail. May be
         * called twice.
         */
        @Override
        void close();
    }

    /**
     * How the serving side is doing. Immutable.
     *
     * <pre>{@code
     * return ServerStatus.of("pigeon", true, "loft-7:1").withFacts(Map.of("birds", "12"));
     * }</pre>
     */
    final class ServerStatus {
        private final String kind;
        private final boolean listening;
        private final String detail;
        private final Map<String, String> facts;
        private final Map<TopicName, Set<String>> connected;
        private final List<String> faults;

        private ServerStatus(
                String kind,
                boolean listening,
                String detail,
                Map<String, String> facts,
                Map<TopicName, Set<String>> connected,
                List<String> faults) {
            this.kind = kind;
            this.listening = listening;
            this.detail = detail;
            this.facts = Map.copyOf(facts);
            this.connected = Map.copyOf(connected);
            this.faults = List.copyOf(faults);
        }

        /**
         * A server nobody is connected to, without faults.
         *
         * @param kind {@code grpc}
         * @param listening true if others can connect
         * @param detail address if it listens, otherwise why not
         */
        public static ServerStatus of(String kind, boolean listening, String detail) {
            return new ServerStatus(kind, listening, detail, Map.of(), Map.of(), List.of());
        }

        /** The same server with these facts and no others. */
        public ServerStatus withFacts(Map<String, String> others) {
            return new ServerStatus(kind, listening, detail, others, connected, faults);
        }

        /** The same server with these consumers and no others. */
        public ServerStatus withConnected(Map<TopicName, Set<String>> others) {
            return new ServerStatus(kind, listening, detail, facts, others, faults);
        }

        /** The same server with these faults and no others. */
        public ServerStatus withFaults(List<String> others) {
            return new ServerStatus(kind, listening, detail, facts, connected, others);
        }

        /** {@code grpc}, or what else it is. */
        public String kind() {
            return kind;
        }

        /** True if others can connect. */
        public boolean listening() {
            return listening;
        }

        /** Address if it listens, otherwise why not. */
        public String detail() {
            return detail;
        }

        /** More for reports; health tells those that are in its list. */
        public Map<String, String> facts() {
            return facts;
        }

        /** Who is connected to which topic right now, as {@link ConsumerMark#consumer}. */
        public Map<TopicName, Set<String>> connected() {
            return connected;
        }

        /** What a person should see to, each a sentence; empty: nothing. */
        public List<String> faults() {
            return faults;
        }
    }
}
