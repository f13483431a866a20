package dev.postevent;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Everything there is to know about this node at one moment: what MicroProfile Health shows at most, as an object. Immutable, may be
 * read by any thread.
 *
 * <pre>{@code
 * StatusReport report = subscriptions.report();
 * report.faults().forEach(log::warn);
 * report.topics().forEach(topic -> gauge(topic.name(), topic.mark().orElse(0)));
 * }</pre>
 *
 * <p>Made by postevent alone: it and its parts may gain methods, and their enums constants, so a {@code switch} over one needs a {@code
 * default}. What is not known, or is not there, is empty and never a number or a text that stands for it.
 *
 * <p>Experimental: what operators need of it grows with the console.
 *
 * @since 0.1.0
 */
@Experimental
public interface StatusReport {
    /** Name of the feed of this application's own topics. */
    String LOCAL = "local topics";

    /** This node's name. */
    String node();

    /** One entry per feed. */
    List<FeedStatus> feeds();

    /** One entry per topic, by name. */
    List<TopicStatus> topics();

    /** One entry per durable subscription, by name. */
    List<Subscriptions.Status> subscriptions();

    /** One entry per live observer. */
    List<LiveStatus> live();

    /** One entry per server that gives topics to other applications. */
    List<ServerStatus> servers();

    /** One entry per remote consumer and topic. */
    List<ConsumerStatus> consumers();

    /** What is wrong right now, each a sentence that names the culprit; empty: nothing. */
    List<String> faults();

    /** A feed. */
    interface FeedStatus {

        /** The name of the remote topic it brings; {@link #LOCAL} for this application's own topics. */
        String name();

        /** How it notices events. */
        Kind kind();

        /** What does so: {@code debezium}, {@code jdbc}, {@code grpc}, or what a transport of somebody else's calls itself. */
        String engine();

        /** What it does now. */
        State state();

        /** The last fault, or who holds the slot. */
        Optional<String> detail();

        /** More for a person, by name; among them, for Debezium, {@code slot}, {@code wal_status}, {@code lag_bytes}. */
        Map<String, String> facts();

        /** How a feed notices events. May gain constants. */
        enum Kind {
            /** The source tells. */
            STREAM,
            /** It looks from time to time. */
            POLLING
        }

        /** The states of a feed. May gain constants. */
        enum State {
            /** Not begun, or ended. */
            STOPPED,
            /** Begun, brings nothing yet. */
            STARTING,
            /** Brings what is committed. */
            STREAMING,
            /** Does not stream, will try again; {@link FeedStatus#detail} says why. */
            RETRYING,
            /** Another node of this application streams. */
            STANDBY
        }
    }

    /** A topic. */
    interface TopicStatus {

        /** The topic's name in this application. */
        String name();

        /** Greatest committed position, 0 for an empty topic; empty where the source cannot be asked. */
        OptionalLong head();

        /** Everything at or below it is an event or a void for ever. */
        long settled();

        /** Everything at or below it is in this application's inbox; empty where nobody subscribes. */
        OptionalLong mark();

        /** Who holds the position after the mark open; empty: nobody. */
        Optional<String> blocker();

        /** Why the topic stands still; empty: it does not. */
        Optional<String> fault();
    }

    /** A live observer. */
    interface LiveStatus {

        /** Class and method. */
        String name();

        /** The topic's name in this application. */
        String topic();

        /** Events it was called with since the start, failed ones among them. */
        long delivered();

        /** Events dropped because its queue was full. */
        long dropped();

        /** Events it threw an exception for. */
        long failed();

        /** Events waiting now. */
        int queued();
    }

    /** A server that gives this application's topics to others. */
    interface ServerStatus {

        /** {@code grpc}, or what a transport of somebody else's calls itself. */
        String kind();

        /** True if others can connect. */
        boolean listening();

        /** Its address, or why it does not listen. */
        String detail();

        /** More for a person, by name; among them {@code port}, {@code streams}. */
        Map<String, String> facts();
    }

    /** A remote consumer of one topic. */
    interface ConsumerStatus {

        /** The identity it proved, and the name it gives itself. */
        String name();

        /** The topic's name in this application. */
        String topic();

        /** Everything at or below it was received there; empty if it never said. */
        OptionalLong mark();

        /** Positions between the mark and the head; empty if one of them is not known. */
        OptionalLong lag();

        /** When it told its mark last, by the database's clock; empty: never. */
        Optional<Instant> seen();

        /** True if it has a live stream from this node. */
        boolean connected();
    }
}
