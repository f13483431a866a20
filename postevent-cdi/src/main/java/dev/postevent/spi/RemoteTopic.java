package dev.postevent.spi;

import java.net.URI;
import java.util.Objects;

/**
 * A topic that another application publishes, under the name it has here. Immutable.
 *
 * <pre>{@code
 * RemoteTopic.of(new TopicName("orders"), URI.create("kafka://broker1:9092,broker2:9092/shop_orders"))
 * }</pre>
 *
 * @since 0.1.0
 */
public final class RemoteTopic {
    private final TopicName topic;
    private final URI uri;
    private final TopicName remoteName;

    private RemoteTopic(TopicName topic, URI uri, TopicName remoteName) {
        this.topic = topic;
        this.uri = uri;
        this.remoteName = remoteName;
    }

    /**
     * A topic and where it is.
     *
     * @param topic the name in this application
     * @param uri scheme and authority, which may be one host and port or a list of them; as path the name at the source, if that is
     *     another one. What the authority has to be the transport of the scheme says, and checks in {@link Transport#configure}. Hosts of
     *     a list are names or IPv4 addresses: {@link URI} takes the brackets of an IPv6 address around a single host only
     * @throws IllegalArgumentException if it is not such a URI; the message does not repeat what may be a secret
     */
    public static RemoteTopic of(TopicName topic, URI uri) {
        Objects.requireNonNull(topic, "topic");
        String authority = uri.getRawAuthority();
        if (uri.getScheme() == null || authority == null || authority.isEmpty()) {
            throw new IllegalArgumentException("it has no scheme, or does not say where the topic is");
        }
        // a list of hosts is one text to java.net.URI: it finds no user in it
        if (authority.indexOf('@') >= 0 || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("it has a user, query or fragment, which nobody reads");
        }
        String path = uri.getRawPath() == null ? "" : uri.getRawPath();
        String name = path.length() <= 1 ? topic.value() : path.substring(1);
        if (!TopicName.isValid(name)) {
            throw new IllegalArgumentException("its path '" + name + "' is not a topic name");
        }
        return new RemoteTopic(topic, uri, new TopicName(name));
    }

    /** The name in this application. */
    public TopicName topic() {
        return topic;
    }

    /** What is configured; holds no secret. Of a list of hosts only {@link URI#getRawAuthority} says anything. */
    public URI uri() {
        return uri;
    }

    /** What kind of connection, one of {@link Transport#schemes}. */
    public String scheme() {
        return uri.getScheme();
    }

    /** The name at the source. */
    public TopicName remoteName() {
        return remoteName;
    }

    /** Where the topic is, with its name there; holds no secret. */
    @Override
    public String toString() {
        return scheme() + "://" + uri.getRawAuthority() + "/" + remoteName;
    }
}
