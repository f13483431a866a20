package dev.postevent.spi;

import io.cloudevents.CloudEvent;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What stands at one position of a topic: an event, or a void (the mark of a position that will never hold an event).
 *
 * <p>Holds the columns of the outbox as they are, so that an entry goes from WAL to inbox without being taken apart; {@link
 * #toCloudEvent} makes the event when somebody wants it. Immutable: {@link #of} and {@link #toCloudEvent} copy the data bytes;
 * between an adapter and the stages, through {@link Builder#data} and {@link #data}, they are shared and must not be changed.
 *
 * @since 0.1.0
 */
public final class LogEntry {
    /** The source of every void; no event has it. */
    public static final String VOID_SOURCE = "urn:postevent:void";

    /** What a topic's table takes, attributes and data of one event in UTF-8, so that every application that reads it can carry it. Bytes. */
    public static final int SIZE_MAX_BYTES = 14 << 20;

    private static final long FIRST_SECOND =
            OffsetDateTime.of(1, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC).toEpochSecond();
    private static final long LAST_SECOND =
            OffsetDateTime.of(9999, 12, 31, 23, 59, 59, 0, ZoneOffset.UTC).toEpochSecond();

    private final long position;
    private final boolean isVoid;
    private final String id;
    private final String source;
    private final String type;
    private final @Nullable String datacontenttype;
    private final @Nullable String dataschema;
    private final @Nullable String subject;
    private final byte @Nullable [] data;
    private final @Nullable OffsetDateTime time;
    private final @Nullable String traceparent;
    private final @Nullable String extensions;

    private LogEntry(Builder builder) {
        if (builder.position < 0) {
            throw new IllegalArgumentException("a position is at least 1 (0: not drawn yet), got " + builder.position);
        }
        this.position = builder.position;
        this.isVoid = builder.isVoid;
        this.id = Objects.requireNonNull(builder.id, "id");
        this.source = Objects.requireNonNull(builder.source, "source");
        this.type = Objects.requireNonNull(builder.type, "type");
        this.datacontenttype = builder.datacontenttype;
        this.dataschema = builder.dataschema;
        this.subject = builder.subject;
        this.data = builder.data;
        this.time = builder.time;
        this.traceparent = builder.traceparent;
        this.extensions = builder.extensions;
    }

    /** Starts an entry at {@code position} (0 where it is not drawn yet). */
    public static Builder at(long position) {
        return new Builder(position);
    }

    /** The columns of {@code event}, copied, which must have been checked, at {@code position} (0 where it is not drawn yet). */
    public static LogEntry of(long position, CloudEvent event) {
        return EntryCodec.encode(position, event);
    }

    /**
     * The event, equal to the one published; its data is the caller's own.
     *
     * @throws IllegalStateException if this is a void
     */
    public CloudEvent toCloudEvent() {
        if (isVoid) {
            throw new IllegalStateException("position " + position + " is void");
        }
        return EntryCodec.decode(this);
    }

    /** The place in the topic, at least 1; 0 where it is not drawn yet. */
    public long position() {
        return position;
    }

    /** True for a void. */
    public boolean isVoid() {
        return isVoid;
    }

    public String id() {
        return id;
    }

    public String source() {
        return source;
    }

    public String type() {
        return type;
    }

    public @Nullable String datacontenttype() {
        return datacontenttype;
    }

    public @Nullable String dataschema() {
        return dataschema;
    }

    /** The ordering key; null: unordered. */
    public @Nullable String subject() {
        return subject;
    }

    /** The data, shared; null is no data, an empty array is empty data. */
    public byte @Nullable [] data() {
        return data;
    }

    /**
     * The time, in the years 1 to 9999, cut to microseconds and in UTC; what PostgreSQL cannot hold of it is in {@link
     * #extensions}.
     */
    public @Nullable OffsetDateTime time() {
        return time;
    }

    public @Nullable String traceparent() {
        return traceparent;
    }

    /** Extension attributes with their types, as a JSON object; null if there are none. */
    public @Nullable String extensions() {
        return extensions;
    }

    /** About the bytes this entry takes in memory, for bounds. */
    public int weight() {
        return 200
                + (data == null ? 0 : data.length)
                + 2 * (id.length() + source.length() + type.length())
                + weight(datacontenttype)
                + weight(dataschema)
                + weight(subject)
                + weight(traceparent)
                + weight(extensions);
    }

    private static int weight(@Nullable String text) {
        return text == null ? 0 : 2 * text.length();
    }

    /**
     * The slot of the ordering key, 0 to 1023: a subject always has the same one, an entry without a subject gets one by its
     * position. Written to the inbox, so it must never change.
     */
    public int slot() {
        return slot(position, subject);
    }

    /** As {@link #slot()}, of an entry that is not at hand. */
    public static int slot(long position, @Nullable String subject) {
        if (subject == null) {
            return (int) (position & 1023);
        }
        CRC32C hash = new CRC32C();
        hash.update(subject.getBytes(StandardCharsets.UTF_8));
        return (int) (hash.getValue() & 1023);
    }

    /** True if both name the same thing: both void, or events of the same source and id. */
    public boolean sameIdentity(LogEntry other) {
        return isVoid == other.isVoid && id.equals(other.id) && source.equals(other.source);
    }

    @Override
    public String toString() {
        return position + (isVoid ? " void" : " " + type + " " + id);
    }

    /** Collects the columns of an entry. */
    public static final class Builder {
        private final long position;
        private boolean isVoid;
        private @Nullable String id;
        private @Nullable String source;
        private @Nullable String type;
        private @Nullable String datacontenttype;
        private @Nullable String dataschema;
        private @Nullable String subject;
        private byte @Nullable [] data;
        private @Nullable OffsetDateTime time;
        private @Nullable String traceparent;
        private @Nullable String extensions;

        private Builder(long position) {
            this.position = position;
        }

        /** The column {@code kind}: {@code e} event, {@code v} void; anything else is refused. */
        public Builder kind(char kind) {
            if (kind != 'e' && kind != 'v') {
                throw new IllegalArgumentException("kind at position " + position + " is '" + kind + "', not e or v");
            }
            this.isVoid = kind == 'v';
            return this;
        }

        public Builder id(String value) {
            this.id = value;
            return this;
        }

        public Builder source(String value) {
            this.source = value;
            return this;
        }

        public Builder type(String value) {
            this.type = value;
            return this;
        }

        public Builder datacontenttype(@Nullable String value) {
            this.datacontenttype = value;
            return this;
        }

        public Builder dataschema(@Nullable String value) {
            this.dataschema = value;
            return this;
        }

        public Builder subject(@Nullable String value) {
            this.subject = value;
            return this;
        }

        public Builder data(byte @Nullable [] value) {
            this.data = value;
            return this;
        }

        /**
         * The time. One outside of the years 1 to 9999 in UTC, or infinity, is taken as none: RFC 3339 and with it CloudEvents
         * cannot say it. Only a row that was inserted by hand, into a table without our rules, has one.
         */
        public Builder time(@Nullable OffsetDateTime value) {
            this.time = value == null || isSayable(value) ? value : null;
            return this;
        }

        // no arithmetic on the value: what a driver makes of infinity overflows
        private static boolean isSayable(OffsetDateTime value) {
            long second = value.toEpochSecond();
            return second >= FIRST_SECOND && second <= LAST_SECOND;
        }

        public Builder traceparent(@Nullable String value) {
            this.traceparent = value;
            return this;
        }

        public Builder extensions(@Nullable String json) {
            this.extensions = json;
            return this;
        }

        public LogEntry build() {
            return new LogEntry(this);
        }
    }
}
