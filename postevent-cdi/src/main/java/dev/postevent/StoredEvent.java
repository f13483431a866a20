package dev.postevent;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An event as it stands at a position of a topic, for an operator to look at. Made by postevent alone: it may gain methods. Immutable.
 *
 * <p>It need not be one that an observer could be given: what was inserted by hand is told as it is.
 *
 * <pre>{@code
 * subscriptions.event("orders", 4711).ifPresent(event -> page.show(event.type(), event.data().orElse(NONE)));
 * }</pre>
 *
 * @since 0.1.0
 */
@Experimental
public interface StoredEvent {

    /** Its place in the topic. */
    long position();

    /** The CloudEvents {@code id}. */
    String id();

    /** The CloudEvents {@code source}. */
    String source();

    /** The CloudEvents {@code type}. */
    String type();

    /** The CloudEvents {@code subject}; empty if it has none. */
    Optional<String> subject();

    /** The CloudEvents {@code time}; empty if it has none. */
    Optional<Instant> time();

    /** The CloudEvents {@code datacontenttype}; empty if it has none. */
    Optional<String> contentType();

    /** The CloudEvents {@code dataschema}; empty if it has none, and always in a list. */
    Optional<String> dataSchema();

    /**
     * Extension attributes by name, {@code traceparent} among them, each as the text that CloudEvents has for its type (binary ones in
     * base64); what is stored in their place and is no attribute, as its JSON. None in a list.
     */
    Map<String, String> extensions();

    /** Bytes of the data; empty if it has none. */
    OptionalLong size();

    /**
     * The data, a copy; empty if it has none, always in a list, and where it is larger than a topic takes (14 MiB), as in rows from before
     * that was refused.
     */
    Optional<byte[]> data();
}
