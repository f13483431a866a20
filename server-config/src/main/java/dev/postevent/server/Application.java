package dev.postevent.server;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** One application of {@link Run}: a server and the database it alone has. */
final class Application implements AutoCloseable {
    private static final Duration READY_LIMIT = Duration.ofMinutes(3);

    private final String name;
    private final PostgresCluster postgres;
    private final OpenLiberty liberty;

    private Application(String name, PostgresCluster postgres, OpenLiberty liberty) {
        this.name = name;
        this.postgres = postgres;
        this.liberty = liberty;
    }

    /** Starts PostgreSQL; the server is prepared only. */
    static Application prepare(String name, Path installation, Path servers, Path postgresData, int httpPort) {
        PostgresCluster postgres = PostgresCluster.at(postgresData);
        try {
            return new Application(
                    name,
                    postgres,
                    OpenLiberty.instance(installation, servers, name, httpPort, postgres.database(name)));
        } catch (RuntimeException e) {
            postgres.close();
            throw e;
        }
    }

    OpenLiberty liberty() {
        return liberty;
    }

    String name() {
        return name;
    }

    void awaitReady() {
        liberty.awaitReady(READY_LIMIT);
    }

    URI page() {
        return liberty.uri("/shop/");
    }

    URI console() {
        return liberty.uri("/shop/postevent/");
    }

    /** For a person: what runs where. */
    String describe() {
        return "server process " + liberty.pid() + ", PostgreSQL on port " + postgres.port() + " (role " + name
                + ", password in " + postgres.passwordFile(name) + ")";
    }

    /** The server first, while it can still write. */
    @Override
    public void close() {
        try {
            liberty.close();
        } finally {
            postgres.close();
        }
    }
}
