package dev.postevent.internal.feed.debezium;

import dev.postevent.internal.feed.FeedFault;
import io.debezium.jdbc.JdbcConfiguration;
import io.debezium.jdbc.JdbcConnection.ConnectionFactory;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;

/**
 * Makes the feed's connections with the driver in our own JAR, never through {@link DriverManager}: a driver registered there
 * outlives the application and answers for other people's URLs. Debezium makes one by name, so class and constructor are public.
 *
 * <p>Everything has a time limit but the stream itself: a server that vanished without a word is noticed by the others. The server
 * in turn lets go of the slot of a node that gives no sign of life for {@link DebeziumFeedSettings#silenceMax}, so that another takes
 * over.
 */
public final class DirectConnections implements ConnectionFactory {
    // Debezium reads bytea as hexadecimal text, whatever the database or the role is set to
    private static final String STREAM_OPTIONS = "-c bytea_output=hex -c wal_sender_timeout=";
    static final String URL = "postevent.url";
    static final String NAME = "postevent.name";
    static final String SILENCE = "postevent.silence";
    static final String STREAM = "postevent.stream";
    private static final String SOCKET_FACTORY = "socketFactory";
    private static final String PARAMETER = "postevent.parameter.";
    private static final String ROOT = "dev.postevent.";
    /** Before the driver asks for them. */
    static final List<System.Logger> DRIVER_LOGGERS = DriverLoggers.hold();

    private static final Driver DRIVER = load();
    /** Of the driver's parameters. */
    static final Map<String, String> DEFAULTS = DriverParameters.defaults(DRIVER);

    /** Called by Debezium. */
    public DirectConnections() {}

    /** A connection of Debezium's: URL, name, time limit and parameters as {@link #describe} put them into its configuration. */
    @Override
    public Connection connect(JdbcConfiguration config) throws SQLException {
        boolean stream = "database".equals(config.getString("replication"));
        Properties properties = new Properties();
        for (String key : config.keys()) {
            if (key.startsWith(PARAMETER)) {
                properties.setProperty(key.substring(PARAMETER.length()), config.getString(key));
            }
        }
        if (stream) {
            properties.setProperty("replication", "database");
            properties.setProperty("preferQueryMode", "simple");
            properties.remove("socketTimeout");
            properties.merge(
                    "options", STREAM_OPTIONS + config.getString(SILENCE), (given, ours) -> given + " " + ours);
            if (!properties.containsKey(SOCKET_FACTORY)) {
                properties.setProperty(SOCKET_FACTORY, StreamSockets.class.getName());
                properties.setProperty("socketFactoryArg", config.getString(STREAM));
            }
        }
        properties.setProperty(
                "ApplicationName", stream ? config.getString(NAME) : BackendName.engine(config.getString(NAME)));
        Connection connection = connect(config.getString(URL), properties);
        // a stream is within one transaction for as long as it decodes one; the other connection Debezium uses only for
        // tables that it does not know, or not any more
        return prepared(connection, stream ? SlotStore::waitWithoutLimit : SlotStore::idleWithoutLimit);
    }

    /** What is done with a connection before anybody gets it. */
    @FunctionalInterface
    private interface Preparation {
        void with(Connection connection) throws SQLException;
    }

    private static Connection prepared(Connection connection, Preparation preparation) throws SQLException {
        try {
            preparation.with(connection);
            return connection;
        } catch (SQLException e) {
            try {
                connection.close();
            } catch (SQLException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    /** True if the driver can make something of a URL. */
    static boolean accepts(String url) {
        hideDriver();
        try {
            return DRIVER.acceptsURL(url);
        } catch (SQLException e) {
            return false;
        }
    }

    /** User, password and parameters of {@code target}, with our time limits where it has none. */
    static Properties parse(FeedTarget target) {
        try {
            if (!DRIVER.acceptsURL(target.jdbcUrl())) {
                throw new FeedFault(
                        FeedFault.CONNECT,
                        "the feed's URL '" + target
                                + "' is not a PostgreSQL URL; expected jdbc:postgresql://host:port/database");
            }
        } catch (SQLException e) {
            throw new FeedFault(FeedFault.CONNECT, "the feed's URL '" + target + "' cannot be read", e);
        }
        Properties properties = new Properties();
        properties.setProperty("connectTimeout", "5");
        properties.setProperty("loginTimeout", "10");
        properties.setProperty("socketTimeout", "30");
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("assumeMinServerVersion", "15");
        int parameters = target.jdbcUrl().indexOf('?');
        if (parameters >= 0) {
            for (String parameter : target.jdbcUrl().substring(parameters + 1).split("&", -1)) {
                int equals = parameter.indexOf('=');
                if (equals > 0) {
                    properties.setProperty(
                            parameter.substring(0, equals), DriverParameters.value(parameter.substring(equals + 1)));
                } else if (!parameter.isEmpty()) {
                    properties.setProperty(parameter, "");
                }
            }
        }
        setIfGiven(properties, "user", target.user());
        setIfGiven(properties, "password", target.password());
        return properties;
    }

    /** True if its streams have sockets of {@link StreamSockets}; false if its URL names a factory of its own. */
    static boolean hasOurSockets(FeedTarget target) {
        return !parse(target).containsKey(SOCKET_FACTORY);
    }

    /** What Debezium has to hand to {@link #connect(JdbcConfiguration)}, under the prefix it strips. */
    static void describe(
            FeedTarget target, String name, String stream, Duration silenceMax, String prefix, Properties into) {
        parse(target).forEach((key, value) -> into.setProperty(prefix + PARAMETER + key, (String) value));
        into.setProperty(prefix + URL, withoutParameters(target.jdbcUrl()));
        into.setProperty(prefix + NAME, name);
        into.setProperty(prefix + STREAM, stream);
        into.setProperty(prefix + SILENCE, Long.toString(silenceMax.toMillis()));
    }

    /**
     * An auto-commit connection of the supervisor's.
     *
     * @param changes driver parameters to set beside those of {@code target}; an empty value removes one
     */
    static Connection open(FeedTarget target, String name, Map<String, String> changes) throws SQLException {
        Properties properties = parse(target);
        properties.setProperty("ApplicationName", name);
        changes.forEach((key, value) -> {
            if (value.isEmpty()) {
                properties.remove(key);
            } else {
                properties.setProperty(key, value);
            }
        });
        return connect(withoutParameters(target.jdbcUrl()), properties);
    }

    /** A connection for commands of the replication protocol, which may take as long as they like. */
    static Connection replication(FeedTarget target, String name) throws SQLException {
        Connection connection =
                open(target, name, Map.of("replication", "database", "preferQueryMode", "simple", "socketTimeout", ""));
        return prepared(connection, SlotStore::waitWithoutLimit);
    }

    /** Takes the driver out of {@link DriverManager} if it is the copy in our own JAR, which nobody else may get to see. */
    static void hideDriver() {
        if (DRIVER.getClass().getName().startsWith(ROOT)) {
            DriverManager.drivers()
                    .filter(driver -> driver.getClass() == DRIVER.getClass())
                    .forEach(driver -> {
                        try {
                            DriverManager.deregisterDriver(driver);
                        } catch (SQLException e) {
                            throw new IllegalStateException(
                                    "the JDBC driver could not be taken out of the DriverManager", e);
                        }
                    });
        }
    }

    private static Connection connect(String url, Properties properties) throws SQLException {
        Connection connection = DRIVER.connect(url, properties);
        if (connection == null) {
            throw new SQLException("the PostgreSQL driver does not take the URL " + url);
        }
        return connection;
    }

    /**
     * By the package of a neighbour: a name written out would have to be relocated, and a compiler without the annotations of the
     * class warns when it sees it.
     */
    private static Driver load() {
        String name = PGProperty.class.getPackageName() + ".Driver";
        try {
            return Class.forName(name, true, PGProperty.class.getClassLoader())
                    .asSubclass(Driver.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the JDBC driver " + name + " is not in the JAR", e);
        }
    }

    private static String withoutParameters(String url) {
        int parameters = url.indexOf('?');
        return parameters < 0 ? url : url.substring(0, parameters);
    }

    private static void setIfGiven(Properties properties, String name, @Nullable String value) {
        if (value != null && !value.isEmpty()) {
            properties.setProperty(name, value);
        }
    }
}
