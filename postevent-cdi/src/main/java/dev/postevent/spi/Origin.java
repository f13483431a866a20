package dev.postevent.spi;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Identity of a topic's source: which database system, on which history, which table. Equal if all of that is.
 *
 * @since 0.1.0
 */
public final class Origin {
    private final String system;
    private final long timeline;
    private final long table;

    private Origin(String system, long timeline, long table) {
        this.system = Objects.requireNonNull(system, "system");
        this.timeline = timeline;
        this.table = table;
    }

    /**
     * An identity.
     *
     * @param system PostgreSQL's system identifier, one per {@code initdb}
     * @param timeline PostgreSQL's timeline; goes up with each promotion or restore
     * @param table the outbox table's object id; another one means the table was made anew
     */
    public static Origin of(String system, long timeline, long table) {
        return new Origin(system, timeline, table);
    }

    /** PostgreSQL's system identifier. */
    public String system() {
        return system;
    }

    /** PostgreSQL's timeline. */
    public long timeline() {
        return timeline;
    }

    /** The outbox table's object id. */
    public long table() {
        return table;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Origin origin
                && system.equals(origin.system)
                && timeline == origin.timeline
                && table == origin.table;
    }

    @Override
    public int hashCode() {
        return Objects.hash(system, timeline, table);
    }

    @Override
    public String toString() {
        return "Origin[system=" + system + ", timeline=" + timeline + ", table=" + table + "]";
    }
}
