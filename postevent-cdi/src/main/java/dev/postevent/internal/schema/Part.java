package dev.postevent.internal.schema;

import dev.postevent.spi.TopicName;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A piece of the schema with a version of its own: numbered files, applied one after the other, never edited after a release.
 *
 * @param name the key in {@code postevent_internal.schema_version}
 * @param files first part of the resource names, {@code <files>-001.sql} and so on
 * @param newest number of the last file
 * @param topic the topic whose table it is; null for what there is once
 */
record Part(String name, String files, int newest, @Nullable TopicName topic) {
    static final Part OUTBOX = new Part("outbox", "outbox", 8, null);
    static final Part INBOX = new Part("inbox", "inbox", 16, null);
    private static final int TOPIC_NEWEST = 6;
    private static final String TOPIC = "topic:";

    static Part of(TopicName topic) {
        return new Part(TOPIC + topic.value(), "topic", TOPIC_NEWEST, topic);
    }

    /** The topic whose table's versions are recorded under {@code name}; empty: it is another part, or no name of ours. */
    static Optional<TopicName> topicOf(String name) {
        return Optional.of(name)
                .filter(part -> part.startsWith(TOPIC))
                .map(part -> part.substring(TOPIC.length()))
                .filter(TopicName::isValid)
                .map(TopicName::new);
    }

    /** The statements that lead from {@code version - 1} to {@code version}. */
    String ddl(int version) {
        String resource = String.format(Locale.ROOT, "%s-%03d.sql", files, version);
        try (InputStream in = Part.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + resource + " is not in the JAR");
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return topic == null ? text : text.replace("${topic}", topic.value());
        } catch (IOException e) {
            throw new UncheckedIOException("reading the resource " + resource, e);
        }
    }
}
