package dev.postevent.internal.feed.debezium;

import java.lang.System.Logger.Level;
import java.util.List;

/**
 * The loggers of the PostgreSQL driver, made and held before the driver asks for them.
 *
 * <p>The driver calls {@code java.util.logging.Logger.getLogger}. On Open Liberty a logger made by that call keeps the class that
 * made it; the next deployment finds the logger, keeps it in turn, and with it the class loader of the first. A logger made through
 * {@link System#getLogger} keeps nobody. The log manager itself refers to loggers weakly, hence held.
 */
final class DriverLoggers {
    static final List<String> NAMES = List.of(
            "org.postgresql",
            "org.postgresql.Driver",
            "org.postgresql.core.Encoding",
            "org.postgresql.core.QueryExecutorBase",
            "org.postgresql.core.v3.AuthenticationPluginManager",
            "org.postgresql.core.v3.ConnectionFactoryImpl",
            "org.postgresql.core.v3.QueryExecutorImpl",
            "org.postgresql.core.v3.ScramAuthenticator",
            "org.postgresql.core.v3.SimpleQuery",
            "org.postgresql.core.v3.replication.V3PGReplicationStream",
            "org.postgresql.core.v3.replication.V3ReplicationProtocol",
            "org.postgresql.ds.common.BaseDataSource",
            "org.postgresql.gss.GssAction",
            "org.postgresql.gss.MakeGSS",
            "org.postgresql.jdbc.BooleanTypeUtil",
            "org.postgresql.jdbc.PgConnection",
            "org.postgresql.jdbc.TypeInfoCache",
            "org.postgresql.jdbcurlresolver.PgPassParser",
            "org.postgresql.jdbcurlresolver.PgServiceConfParser",
            "org.postgresql.largeobject.BlobInputStream",
            "org.postgresql.ssl.MakeSSL",
            "org.postgresql.ssl.PGjdbcHostnameVerifier",
            "org.postgresql.sspi.SSPIClient",
            "org.postgresql.util.LazyCleanerImpl",
            "org.postgresql.util.PGPropertyMaxResultBufferParser",
            "org.postgresql.util.PGPropertyUtil",
            "org.postgresql.util.ServerErrorMessage",
            "org.postgresql.util.SharedTimer",
            "org.postgresql.util.StreamWrapper",
            "org.postgresql.xa.PGXAConnection",
            "org.postgresql.xa.RecoveredXid");

    private DriverLoggers() {}

    /** Makes them; they stay as long as the result is kept. */
    static List<System.Logger> hold() {
        List<System.Logger> loggers = NAMES.stream().map(System::getLogger).toList();
        // a System.Logger makes the logger behind it when it is first asked
        loggers.forEach(logger -> logger.isLoggable(Level.ERROR));
        return loggers;
    }
}
