package dev.postevent.spi;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;
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
    List<TransportKey> keys();

    /**
     * Reads and checks the configuration when the application is deployed. Opens no connection and starts nothing.
     *
     * @param fault takes one sentence for each thing that is wrong: key, what was found, what would be right; the deployment is
     *     refused if there is any
     */
    Configured configure(Setup setup, Consumer<String> fault);

    /**
     * What is known at deployment.
     *
     * @param config a configuration value by its key, stripped; empty if not set
     * @param published the topics whose tables are in this application's database
     * @param remotes the topics that come over this transport
     */
    record Setup(Function<String, Optional<String>> config, Set<TopicName> published, Collection<RemoteTopic> remotes) {
        /** Copies the collections. */
        public Setup {
            published = Set.copyOf(published);
            remotes = List.copyOf(remotes);
        }
    }

    /** A transport with its configuration. */
    interface Configured {

        /** True if it serves this application's topics to others, and so needs their live flow. */
        boolean serves();

        /** Opens it, once for the life of the application. Starts nothing that waits for others. */
        Link open(Surroundings surroundings);
    }

    /**
     * What it gets from the application.
     *
     * @param application the application's name
     * @param node this node's name
     * @param threads makes every thread it uses
     * @param log this application's own topics
     * @param marks where consumers' marks are kept
     * @param received how far this application has received a remote topic, by its name here; -1 if it does not know
     */
    record Surroundings(
            String application,
            String node,
            ThreadFactory threads,
            EventLog log,
            Marks marks,
            ToLongFunction<TopicName> received) {}

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

        /** A remote topic; its feed is not started yet. */
        Source connect(RemoteTopic topic);

        /** Begins to serve; returns at once and, where that fails, goes on trying. Called at most once, if {@link Configured#serves}. */
        void serve();

        /** The live flow of this application's own topics, each batch after it was stored. Returns at once. */
        void offer(Map<TopicName, List<LogEntry>> batch);

        /** The live flow may have missed something. Returns at once. */
        void doubt(String reason);

        /** Ends everything, also feeds; waits no longer than {@code limit}. May be called twice. */
        void stop(Duration limit);

        /** How the serving side is doing; null if it does not serve. Does not block. */
        @Nullable
        ServerStatus status();
    }

    /** One remote topic. Topic names in its log and feed are those of this application. */
    interface Source {

        /** The source's event log. */
        EventLog log();

        /** The source's live flow. */
        Feed feed();

        /** Greatest position the source is known to have committed; -1 if it was never heard of. Does not block. */
        long headSeen();

        /** Greatest position the source is known to have settled; -1 if it was never heard of. Does not block. */
        long settledSeen();
    }

    /**
     * How the serving side is doing.
     *
     * @param kind {@code grpc}
     * @param listening true if others can connect
     * @param detail address if it listens, otherwise why not
     * @param facts more for reports; health tells those that are in its list
     * @param connected who is connected to which topic right now, as {@code consumer} in {@link ConsumerMark}
     * @param faults what a person should see to, each a sentence; empty: nothing
     */
    record ServerStatus(
            String kind,
            boolean listening,
            String detail,
            Map<String, String> facts,
            Map<TopicName, Set<String>> connected,
            List<String> faults) {
        /** Copies the collections. */
        public ServerStatus {
            facts = Map.copyOf(facts);
            connected = Map.copyOf(connected);
            faults = List.copyOf(faults);
        }
    }
}
