package dev.postevent;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Which events of a topic are meant: all conditions have to hold. Immutable; each method returns another one.
 *
 * <pre>{@code
 * EventFilter placed = EventFilter.of("orders").subject("customer-7").type("order.placed").after(yesterday);
 * EventPage found = subscriptions.events(placed, Long.MAX_VALUE, 50);
 * }</pre>
 *
 * <p>Positions cost nothing, and neither does an id of a topic that this application publishes; for everything else events are read one
 * after the other, from the newest on, a bounded number in each call. With positions that are known such a search is short.
 *
 * @since 0.1.0
 */
@Experimental
public final class EventFilter {
    private final String topic;
    private final Positions positions;
    private final Attributes attributes;
    private final Times times;

    private record Positions(long first, long last) {}

    private record Attributes(
            @Nullable String id,
            @Nullable String source,
            @Nullable String subject,
            @Nullable String type) {}

    private record Times(@Nullable Instant after, @Nullable Instant until) {}

    private EventFilter(String topic, Positions positions, Attributes attributes, Times times) {
        this.topic = topic;
        this.positions = positions;
        this.attributes = attributes;
        this.times = times;
    }

    /**
     * Everything that a topic has.
     *
     * <pre>{@code
     * EventPage newest = subscriptions.events(EventFilter.of("orders"), Long.MAX_VALUE, 50);
     * }</pre>
     *
     * @param topic its name in this application
     */
    public static EventFilter of(String topic) {
        return new EventFilter(
                Objects.requireNonNull(topic, "topic"),
                new Positions(1, Long.MAX_VALUE),
                new Attributes(null, null, null, null),
                new Times(null, null));
    }

    /**
     * At positions from the one through the other.
     *
     * <pre>{@code
     * EventFilter.of("orders").positions(4_000, 5_000);
     * }</pre>
     *
     * @throws IllegalArgumentException if the first is below 1 or above the last
     */
    public EventFilter positions(long first, long last) {
        if (first < 1 || first > last) {
            throw new IllegalArgumentException(
                    "positions must be from 1 on, the first not above the last, got " + first + " to " + last);
        }
        return new EventFilter(topic, new Positions(first, last), attributes, times);
    }

    /**
     * With this CloudEvents {@code id}. There may be several, each of another {@link #source}.
     *
     * <pre>{@code
     * EventFilter.of("orders").id("7e1c0f6a-5b1d-4a53-9c41-2f7d0c1f3b11");
     * }</pre>
     */
    public EventFilter id(String is) {
        return with(new Attributes(
                Objects.requireNonNull(is, "id"), attributes.source, attributes.subject, attributes.type));
    }

    /**
     * Of this CloudEvents {@code source}.
     *
     * <pre>{@code
     * EventFilter.of("orders").source("urn:postevent:shop").id("7e1c0f6a-5b1d-4a53-9c41-2f7d0c1f3b11");
     * }</pre>
     */
    public EventFilter source(String is) {
        return with(new Attributes(
                attributes.id, Objects.requireNonNull(is, "source"), attributes.subject, attributes.type));
    }

    /**
     * Of this CloudEvents {@code subject}.
     *
     * <pre>{@code
     * EventFilter.of("orders").subject("customer-7");
     * }</pre>
     */
    public EventFilter subject(String is) {
        return with(new Attributes(
                attributes.id, attributes.source, Objects.requireNonNull(is, "subject"), attributes.type));
    }

    /**
     * Of this CloudEvents {@code type}.
     *
     * <pre>{@code
     * EventFilter.of("orders").type("order.placed");
     * }</pre>
     */
    public EventFilter type(String is) {
        return with(new Attributes(
                attributes.id, attributes.source, attributes.subject, Objects.requireNonNull(is, "type")));
    }

    private EventFilter with(Attributes others) {
        return new EventFilter(topic, positions, others, times);
    }

    /**
     * Whose CloudEvents {@code time} is after this; what has none is not meant.
     *
     * <pre>{@code
     * EventFilter.of("orders").after(Instant.now().minus(Duration.ofHours(1)));
     * }</pre>
     *
     * @param time exclusive, of the years 1 to 9999
     */
    public EventFilter after(Instant time) {
        return new EventFilter(topic, positions, attributes, new Times(sayable(time), times.until));
    }

    /**
     * Whose CloudEvents {@code time} is this or before it; what has none is not meant.
     *
     * <pre>{@code
     * EventFilter.of("orders").after(noon).until(noon.plusSeconds(60));
     * }</pre>
     *
     * @param time inclusive, of the years 1 to 9999
     */
    public EventFilter until(Instant time) {
        return new EventFilter(topic, positions, attributes, new Times(times.after, sayable(time)));
    }

    private static Instant sayable(Instant time) {
        if (time.isBefore(Instant.parse("0001-01-01T00:00:00Z"))
                || !time.isBefore(Instant.parse("9999-12-31T23:59:59.999999999Z"))) {
            throw new IllegalArgumentException("a time is of the years 1 to 9999, got " + time);
        }
        return time;
    }

    /** The topic's name in this application. */
    public String topic() {
        return topic;
    }

    /** The first position that is meant. */
    public long firstPosition() {
        return positions.first;
    }

    /** The last position that is meant; empty: all to the end. */
    public OptionalLong lastPosition() {
        return positions.last == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(positions.last);
    }

    /** The id; empty: any. */
    public Optional<String> id() {
        return Optional.ofNullable(attributes.id);
    }

    /** The source; empty: any. */
    public Optional<String> source() {
        return Optional.ofNullable(attributes.source);
    }

    /** The subject; empty: any, and none. */
    public Optional<String> subject() {
        return Optional.ofNullable(attributes.subject);
    }

    /** The type; empty: any. */
    public Optional<String> type() {
        return Optional.ofNullable(attributes.type);
    }

    /** The time after which, exclusive; empty: at any time, and without one. */
    public Optional<Instant> after() {
        return Optional.ofNullable(times.after);
    }

    /** The time until which, inclusive; empty: at any time, and without one. */
    public Optional<Instant> until() {
        return Optional.ofNullable(times.until);
    }

    /** For a person. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("events of topic ").append(topic);
        append(text, " with id ", attributes.id);
        append(text, " of source ", attributes.source);
        append(text, " of subject ", attributes.subject);
        append(text, " of type ", attributes.type);
        if (times.after != null) {
            text.append(" after ").append(times.after);
        }
        if (times.until != null) {
            text.append(" until ").append(times.until);
        }
        if (positions.first > 1 || positions.last < Long.MAX_VALUE) {
            text.append(" from position ").append(positions.first);
            if (positions.last < Long.MAX_VALUE) {
                text.append(" through ").append(positions.last);
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String what, @Nullable String value) {
        if (value != null) {
            text.append(what).append('\'').append(value).append('\'');
        }
    }
}
