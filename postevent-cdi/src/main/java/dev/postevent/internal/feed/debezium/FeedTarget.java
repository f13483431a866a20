package dev.postevent.internal.feed.debezium;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where the replication connection goes and as whom.
 *
 * @param jdbcUrl {@code jdbc:postgresql://host:port/database}, with driver parameters ({@code sslmode} and others) if needed; the
 *     primary, no pooler in between
 * @param user a role with REPLICATION; null: as in the URL
 * @param password its password; null: as in the URL, or none
 */
public record FeedTarget(
        String jdbcUrl, @Nullable String user, @Nullable String password) {

    /** Where a data source goes: what its URL asks of the driver beyond the defaults, as it tells the URL of its connections. */
    public static FeedTarget ofDataSource(String jdbcUrl, @Nullable String user, @Nullable String password) {
        return new FeedTarget(DriverParameters.withoutDefaults(jdbcUrl), user, password);
    }

    /** What is wrong with a URL, whoever may listen there; empty: nothing. Never the URL itself, which may hold a password. */
    public static Optional<String> faultOf(String jdbcUrl) {
        return DirectConnections.accepts(jdbcUrl)
                ? Optional.empty()
                : Optional.of("is no URL of PostgreSQL's JDBC driver; expected jdbc:postgresql://host:port/database");
    }

    /** Without the password, and without the URL's parameters, which may hold one. */
    @Override
    public String toString() {
        int parameters = jdbcUrl.indexOf('?');
        return (parameters < 0 ? jdbcUrl : jdbcUrl.substring(0, parameters)) + " as " + user;
    }
}
