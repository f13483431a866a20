package dev.postevent.spi;

/**
 * A topic that another application publishes, under the name it has here.
 *
 * @param topic the name in this application
 * @param scheme what kind of connection, one of {@link Transport#schemes}
 * @param host name or address of the source; an IPv6 address without brackets
 * @param port 1 to 65535
 * @param remoteName the name at the source
 * @since 0.1.0
 */
public record RemoteTopic(TopicName topic, String scheme, String host, int port, TopicName remoteName) {

    /** Where the source is; holds no secret. */
    public String authority() {
        return scheme + "://" + (host.indexOf(':') < 0 ? host : '[' + host + ']') + ":" + port;
    }

    @Override
    public String toString() {
        return authority() + "/" + remoteName;
    }
}
