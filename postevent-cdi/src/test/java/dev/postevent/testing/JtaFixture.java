package dev.postevent.testing;

import com.arjuna.ats.arjuna.common.CoreEnvironmentBeanException;
import com.arjuna.ats.arjuna.common.ObjectStoreEnvironmentBean;
import com.arjuna.ats.arjuna.common.arjPropertyManager;
import com.arjuna.ats.internal.jta.transaction.arjunacore.TransactionSynchronizationRegistryImple;
import com.arjuna.common.internal.util.propertyservice.BeanPopulator;
import io.agroal.api.AgroalDataSource;
import io.agroal.api.AgroalDataSourceListener;
import io.agroal.api.configuration.supplier.AgroalDataSourceConfigurationSupplier;
import io.agroal.api.security.NamePrincipal;
import io.agroal.api.security.SimplePassword;
import io.agroal.narayana.NarayanaTransactionIntegration;
import jakarta.transaction.Status;
import jakarta.transaction.TransactionManager;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.xa.PGXADataSource;

/**
 * A real JTA transaction manager (Narayana) and pooled data sources (Agroal) that take part in its transactions, over one
 * database.
 *
 * <pre>{@code
 * try (JtaFixture jta = JtaFixture.over(PostgresFixture.shared().newDatabase())) {
 *     jta.transaction(() -> outbox(jta.xa()).publish(topic, events));
 * }
 * }</pre>
 *
 * <p>Narayana is one per JVM: all fixtures share the transaction manager, each has its own pools. Two local data sources cannot
 * share a transaction; an XA one and a local one, or two XA ones, can.
 */
public final class JtaFixture implements AutoCloseable {
    private static final Object NARAYANA = new Object();
    /** By the process id of its backend: when a connection of a pool began to be made, in milliseconds since the epoch. */
    private static final Map<Integer, Long> OPENED = new ConcurrentHashMap<>();

    private static boolean configured;

    private final PostgresFixture.Db db;
    private final TransactionManager transactionManager;
    private final UserTransaction userTransaction;
    private final TransactionSynchronizationRegistry registry;
    private final AgroalDataSource local;
    private final AgroalDataSource xa;
    private final Class<? extends PGXADataSource> driver;

    private JtaFixture(PostgresFixture.Db db, Class<? extends PGXADataSource> driver) throws SQLException {
        configureNarayana();
        this.driver = driver;
        this.db = db;
        this.transactionManager = com.arjuna.ats.jta.TransactionManager.transactionManager();
        this.userTransaction = com.arjuna.ats.jta.UserTransaction.userTransaction();
        this.registry = new TransactionSynchronizationRegistryImple();
        this.local = newLocal();
        this.xa = newXa();
    }

    /** Opens the fixture; connections are made when they are needed. */
    public static JtaFixture over(PostgresFixture.Db db) {
        return over(db, PGXADataSource.class);
    }

    /** As above, with something between the two-phase pools and the driver. */
    public static JtaFixture over(PostgresFixture.Db db, Class<? extends PGXADataSource> driver) {
        try {
            return new JtaFixture(db, driver);
        } catch (SQLException e) {
            throw new IllegalStateException("no pool over " + db, e);
        }
    }

    public PostgresFixture.Db db() {
        return db;
    }

    public TransactionManager transactionManager() {
        return transactionManager;
    }

    public UserTransaction userTransaction() {
        return userTransaction;
    }

    public TransactionSynchronizationRegistry registry() {
        return registry;
    }

    /** One-phase: the driver's connection with auto-commit off for the length of the transaction. */
    public DataSource local() {
        return local;
    }

    /** Two-phase, if a second XA resource takes part. */
    public DataSource xa() {
        return xa;
    }

    /** A further pool, one-phase; the caller closes it. */
    public AgroalDataSource newLocal() throws SQLException {
        return pool(org.postgresql.Driver.class);
    }

    /** A further pool, two-phase, a resource of its own beside {@link #xa}; the caller closes it. */
    public AgroalDataSource newXa() throws SQLException {
        return pool(driver);
    }

    /** Runs {@code work} in a new transaction and commits; an exception rolls back and is thrown on. */
    public void transaction(Work work) throws Exception {
        transaction(() -> {
            work.run();
            return true;
        });
    }

    /** Runs {@code work} in a new transaction and commits; an exception rolls back and is thrown on. */
    public <T> T transaction(Callable<T> work) throws Exception {
        transactionManager.begin();
        T result;
        try {
            result = work.call();
        } catch (Exception | Error e) {
            endAfter(e);
            throw e;
        }
        transactionManager.commit();
        return result;
    }

    /** Runs {@code work} in a new transaction and rolls it back. */
    public void rolledBack(Work work) throws Exception {
        transactionManager.begin();
        try {
            work.run();
        } finally {
            transactionManager.rollback();
        }
    }

    private void endAfter(Throwable failure) {
        try {
            if (transactionManager.getStatus() != Status.STATUS_NO_TRANSACTION) {
                transactionManager.rollback();
            }
        } catch (Exception e) {
            failure.addSuppressed(e);
        }
    }

    private AgroalDataSource pool(Class<?> provider) throws SQLException {
        return AgroalDataSource.from(
                new AgroalDataSourceConfigurationSupplier()
                        .connectionPoolConfiguration(pool -> pool.maxSize(64)
                                .acquisitionTimeout(Duration.ofSeconds(20))
                                // as servers do: a connection that is broken does not go back into the pool
                                .exceptionSorter(JtaFixture::isBroken)
                                .transactionIntegration(
                                        new NarayanaTransactionIntegration(transactionManager, registry))
                                .connectionFactoryConfiguration(factory -> {
                                    factory.connectionProviderClass(provider)
                                            .principal(new NamePrincipal(db.user()))
                                            .credential(new SimplePassword(db.password()));
                                    if (provider == driver) {
                                        factory.xaProperty("url", db.jdbcUrl());
                                    } else {
                                        factory.jdbcUrl(db.jdbcUrl());
                                    }
                                    return factory;
                                })),
                new Openings());
    }

    /** Notes when connections are made. */
    private static final class Openings implements AgroalDataSourceListener {
        private final ThreadLocal<Long> began = new ThreadLocal<>();

        @Override
        public void beforeConnectionCreation() {
            began.set(System.currentTimeMillis());
        }

        @Override
        public void onConnectionCreation(Connection connection) {
            try {
                OPENED.put(backend(connection), began.get());
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static int backend(Connection connection) throws SQLException {
        return connection.unwrap(PGConnection.class).getBackendPID();
    }

    /**
     * When the pool began to make this connection of one of these fixtures, in milliseconds since the epoch. Asks no server.
     */
    public static long openedMillis(Connection connection) throws SQLException {
        return OPENED.get(backend(connection));
    }

    private static boolean isBroken(SQLException e) {
        String state = String.valueOf(e.getSQLState());
        return state.startsWith("08") || state.startsWith("57P");
    }

    private static void configureNarayana() {
        synchronized (NARAYANA) {
            if (configured) {
                return;
            }
            // a store per JVM: test runs side by side must not recover each other's transactions
            String store = Path.of("target", "jta-" + ProcessHandle.current().pid())
                    .toAbsolutePath()
                    .toString();
            for (String name : new String[] {"default", "communicationStore", "stateStore"}) {
                BeanPopulator.getNamedInstance(ObjectStoreEnvironmentBean.class, name)
                        .setObjectStoreDir(store);
            }
            BeanPopulator.getDefaultInstance(ObjectStoreEnvironmentBean.class).setObjectStoreDir(store);
            arjPropertyManager.getCoordinatorEnvironmentBean().setTransactionStatusManagerEnable(false);
            try {
                arjPropertyManager.getCoreEnvironmentBean().setNodeIdentifier("postevent-test");
            } catch (CoreEnvironmentBeanException e) {
                throw new IllegalStateException(e);
            }
            configured = true;
        }
    }

    @Override
    public void close() {
        local.close();
        xa.close();
    }

    /** Work that may throw. */
    @FunctionalInterface
    public interface Work {
        void run() throws Exception;
    }
}
