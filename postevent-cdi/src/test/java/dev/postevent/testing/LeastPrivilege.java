package dev.postevent.testing;

import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Logins with the roles of {@code server-config/postgresql/roles.sql} and nothing else, for applications of tests: the system
 * property {@code test.roles} switches them on.
 */
public final class LeastPrivilege {
    private static final Path SCRIPT =
            Path.of("..", "server-config", "src", "main", "resources", "postgresql", "roles.sql");
    /** All that any test of a whole application names. */
    private static final List<TopicName> TOPICS = List.of(
            new TopicName("orders"),
            new TopicName("things"),
            new TopicName("configured"),
            new TopicName("extra"),
            new TopicName("payments"),
            new TopicName("orders_north"),
            new TopicName("orders_south"));

    private final PostgresFixture.Db owner;

    /** For a database; {@code owner} is its superuser. */
    public LeastPrivilege(PostgresFixture.Db owner) {
        this.owner = owner;
    }

    /** True if applications of tests are to have no more rights than they need. */
    public static boolean isAskedFor() {
        return Boolean.getBoolean("test.roles");
    }

    /** As {@link #prepare(String, Set)}, for an application all of whose topics are its own. */
    public void prepare(String application) {
        prepare(application, Set.of());
    }

    /**
     * Makes what an administrator makes before an application comes, and the application's logins.
     *
     * @param remote topics of other applications, which have no table here
     */
    public void prepare(String application, Set<TopicName> remote) {
        Schema schema = new Schema(owner.dataSource(), Schema.Mode.CREATE);
        List<TopicName> own =
                TOPICS.stream().filter(topic -> !remote.contains(topic)).toList();
        schema.prepareOutbox(own);
        schema.prepareInbox();
        try {
            owner.execute(Files.readString(SCRIPT));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        owner.execute(
                login(publisher(), "", "postevent_publisher, postevent_sealer"),
                login(consumer(), "", "postevent_consumer"),
                login(feed(), "replication", "postevent_replication"),
                unlessThere(
                        "publication",
                        "create publication \"postevent_" + application + "\" for table "
                                + own.stream().map(TopicName::table).collect(Collectors.joining(", "))
                                + " with (publish = 'insert')"));
        // the application's own tables
        for (String login : List.of(publisher(), consumer())) {
            owner.execute(
                    "grant usage on schema public to " + login,
                    "grant all on all tables in schema public to " + login,
                    "alter default privileges in schema public grant all on tables to " + login);
        }
    }

    private String login(String name, String attribute, String roles) {
        String password = owner.password() == null ? "" : " password '" + owner.password() + "'";
        return unlessThere("role", "create role " + name + " login " + attribute + password + " in role " + roles);
    }

    private static String unlessThere(String what, String sql) {
        return "do $do$ begin " + sql + "; exception when duplicate_object or unique_violation then null; /* the "
                + what + " of another node */ end $do$";
    }

    private String publisher() {
        return owner.name() + "_publisher";
    }

    private String consumer() {
        return owner.name() + "_consumer";
    }

    String feed() {
        return owner.name() + "_feed";
    }

    /** The database as the data source {@code postevent.datasource} sees it. */
    PostgresFixture.Db asPublisher() {
        return as(publisher());
    }

    /** The database as the data source {@code postevent.inbox.datasource} sees it. */
    PostgresFixture.Db asConsumer() {
        return as(consumer());
    }

    private PostgresFixture.Db as(String login) {
        return new PostgresFixture.Db(owner.jdbcUrl(), login, owner.password(), owner.name());
    }
}
