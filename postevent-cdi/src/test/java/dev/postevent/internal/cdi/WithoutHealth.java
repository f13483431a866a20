package dev.postevent.internal.cdi;

import dev.postevent.EventPublisher;
import dev.postevent.PosteventException;
import dev.postevent.Resources;
import dev.postevent.Subscriptions;
import dev.postevent.Topic;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.spi.ConfigProviderResolver;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;

/** Deploys an application whose database is away, on a class path that may have no MicroProfile Health, and tells what it finds. */
public final class WithoutHealth implements Callable<String> {

    /** The application. */
    @ApplicationScoped
    public static class Publishes {
        @Inject
        @Topic("orders")
        EventPublisher orders;

        @Inject
        Subscriptions subscriptions;

        List<String> faults() {
            return subscriptions.report().faults();
        }
    }

    /** The server. */
    @ApplicationScoped
    public static class Server implements Resources {
        @Override
        public DataSource dataSource(String name) {
            return fails(DataSource.class);
        }

        @Override
        public UserTransaction userTransaction() {
            return fails(UserTransaction.class);
        }

        @Override
        public TransactionSynchronizationRegistry synchronizationRegistry() {
            return fails(TransactionSynchronizationRegistry.class);
        }

        @Override
        public ThreadFactory threadFactory(String name) {
            return task -> {
                Thread thread = new Thread(task);
                thread.setDaemon(true);
                return thread;
            };
        }

        private static <T> T fails(Class<T> type) {
            return type.cast(
                    Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, args) -> {
                        throw method.getDeclaringClass() == DataSource.class
                                ? new SQLException("the database is away", "08001")
                                : new PosteventException("TEST", "not in this test");
                    }));
        }
    }

    @Override
    public String call() {
        ClassLoader loader = WithoutHealth.class.getClassLoader();
        Thread.currentThread().setContextClassLoader(loader);
        ConfigProviderResolver.instance()
                .registerConfig(
                        new SmallRyeConfigBuilder()
                                .withSources(new PropertiesConfigSource(
                                        Map.of(
                                                "postevent.application", "without_health",
                                                "postevent.datasource", "jdbc/app"),
                                        "test",
                                        100))
                                .build(),
                        loader);
        try (WeldContainer container = new Weld()
                .disableDiscovery()
                .setClassLoader(loader)
                .addBeanClasses(Publishes.class, Server.class)
                .addExtensions(new PosteventExtension())
                .initialize()) {
            Publishes application = container.select(Publishes.class).get();
            return hasHealth(loader) + " " + application.faults();
        }
    }

    private static String hasHealth(ClassLoader loader) {
        try {
            return "with "
                    + loader.loadClass("org.eclipse.microprofile.health.HealthCheck")
                            .getSimpleName();
        } catch (ClassNotFoundException e) {
            return "without " + e.getMessage();
        }
    }
}
