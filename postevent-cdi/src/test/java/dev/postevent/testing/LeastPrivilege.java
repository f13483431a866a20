package dev.postevent.testing;

import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Logins with the roles of {@code server-config/postgresql/roles.sql} and nothing else, for applications of tests: the system
 * property {@code test.roles} switches them on.
 */
final class LeastPrivilege {
    private static final Path SCRIPT =
            Path.of("..", "server-config", "src", "main", "resources", "postgresql", "roles.sql");
    /** All that any test of a whole application names. */
    private static final List<TopicName> TOPICS = List.of(
            new TopicName("orders"), new TopicName("things"), new TopicName("configured"), new TopicName("extra"));

    private final PostgresFixture.Db owner;

    LeastPrivilege(PostgresFixture.Db owner) {
        this.owner = owner;
    }

    static boolean isAskedFor() {
        return Boolean.getBoolean("test.roles");
    }

    /** Makes what an administrator makes before an application comes, and the application's logins. */
    void prepare(String application) {
        Schema schema = new Schema(owner.dataSource(), Schema.Mode.CREATE);
        schema.prepareOutbox(TOPICS);
        schema.prepareInbox();
        try {
            owner.execute(Files.readString(SCRIPT));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String password = owner.password() == null ? "" : " password '" + owner.password() + "'";
        owner.execute(
                unlessThere(
                        "role",
                        "create role " + login() + " login" + password
                                + " in role postevent_publisher, postevent_sealer, postevent_consumer"),
                unlessThere(
                        "role",
                        "create role " + feed() + " login replication" + password + " in role postevent_replication"),
                unlessThere(
                        "publication",
                        "create publication \"postevent_" + application + "\" for table "
                                + TOPICS.stream().map(TopicName::table).collect(Collectors.joining(", "))
                                + " with (publish = 'insert')"),
                "grant usage on schema public to " + login(),
                "grant all on all tables in schema public to " + login(),
                "alter default privileges in schema public grant all on tables to " + login());
    }

    private static String unlessThere(String what, String sql) {
        return "do $do$ begin " + sql + "; exception when duplicate_object then null; /* the " + what
                + " of another node */ end $do$";
    }

    private String login() {
        return owner.name() + "_app";
    }

    String feed() {
        return owner.name() + "_feed";
    }

    /** The database as the application sees it. */
    PostgresFixture.Db asApplication() {
        return new PostgresFixture.Db(owner.jdbcUrl(), login(), owner.password(), owner.name());
    }
}
