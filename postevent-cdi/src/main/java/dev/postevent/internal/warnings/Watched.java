package dev.postevent.internal.warnings;

import java.util.Map;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A database that an application uses.
 *
 * @param name of the data source, for people
 * @param source connections to it
 * @param versions of our tables that are there and that this JAR knows, by part, as in {@code postevent_internal.schema_version}
 * @param slotName the replication slot that this application streams from; null: it does not stream from there
 */
public record Watched(
        String name,
        DataSource source,
        Map<String, Integer> versions,
        @Nullable String slotName) {

    /** Copies the map. */
    public Watched {
        versions = Map.copyOf(versions);
    }

    /** The replication slot; empty: this application does not stream from there. */
    Optional<String> slot() {
        return Optional.ofNullable(slotName);
    }
}
