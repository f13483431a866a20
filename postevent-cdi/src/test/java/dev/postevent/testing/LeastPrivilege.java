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
 * property {@code test.roles} switches them on. Tables are made, and the script is run, as its first lines say: by an owner who may
 * create roles and is no superuser.
 */
public final class LeastPrivilege {
    private static final Path SCRIPT =
            Path.of("..", "server-config", "src", "main", "resources", "postgresql", "roles.sql");
    /** Owns all databases of a cluster, because it gives its roles to their logins. */
    private static final String OWNER = "owner_of_topics";
    /** All that any test of a whole application names. */
    private static final List<TopicName> TOPICS = List.of(
            new TopicName("orders"),
            new TopicName("things"),
            new TopicName("configured"),
            new TopicName("extra"),
            new TopicName("payments"),
            new TopicName("orders_north"),
            new TopicName("orders_south"));

    private final PostgresFixture.Db superuser;
    private final PostgresFixture.Db owner;

    /** For a database, as its superuser sees it. */
    public LeastPrivilege(PostgresFixture.Db superuser) {
        this.superuser = superuser;
        this.owner = as(OWNER);
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
        superuser.execute(login(OWNER, "createrole", ""), "alter database " + superuser.name() + " owner to " + OWNER);
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
        // REPLICATION is a superuser's to give
        superuser.execute(login(feed(), "replication", "in role postevent_replication"));
        owner.execute(
                login(publisher(), "", "in role postevent_publisher, postevent_sealer"),
                login(consumer(), "", "in role postevent_consumer"),
                unlessThere(
                        "publication",
                        "create publication \"postevent_" + application + "\" for table "
                                + own.stream().map(TopicName::table).collect(Collectors.joining(", "))
                                + " with (publish = 'insert')"));
        // the application's own tables
        for (String login : List.of(publisher(), consumer())) {
            superuser.execute(
                    "grant usage on schema public to " + login,
                    "grant all on all tables in schema public to " + login,
                    "alter default privileges in schema public grant all on tables to " + login);
        }
    }

    private String login(String name, String attribute, String roles) {
        String password = superuser.password() == null ? "" : " password '" + superuser.password() + "'";
        return unlessThere("role", "create role " + name + " login " + attribute + password + " " + roles);
    }

    private static String unlessThere(String what, String sql) {
        return "do $do$ begin " + sql + "; exception when duplicate_object or unique_violation then null; /* the "
                + what + " of another node */ end $do$";
    }

    private String publisher() {
        return superuser.name() + "_publisher";
    }

    private String consumer() {
        return superuser.name() + "_consumer";
    }

    String feed() {
        return superuser.name() + "_feed";
    }

    /** The database as the data source {@code postevent.datasource} sees it. */
    PostgresFixture.Db asPublisher() {
        return as(publisher());
    }

    /** The database as the data source {@code postevent.inbox.datasource} sees it. */
    PostgresFixture.Db asConsumer() {
        return as(consumer());
    }

    /** The database as the owner of its tables sees it. */
    PostgresFixture.Db asOwner() {
        return owner;
    }

    private PostgresFixture.Db as(String login) {
        return new PostgresFixture.Db(superuser.jdbcUrl(), login, superuser.password(), superuser.name());
    }
}
