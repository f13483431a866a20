package dev.postevent.testing;

import dev.postevent.Resources;
import dev.postevent.internal.cdi.PosteventExtension;
import dev.postevent.spi.TopicName;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.Extension;
import jakarta.transaction.Status;
import jakarta.transaction.Synchronization;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.annotation.Annotation;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.eclipse.microprofile.config.spi.ConfigProviderResolver;
import org.jboss.weld.environment.se.Weld;
import org.jboss.weld.environment.se.WeldContainer;
import org.jboss.weld.transaction.spi.TransactionServices;
import org.postgresql.xa.PGXADataSource;

/**
 * An application in a real CDI container (Weld SE) with a real transaction manager and PostgreSQL: what a server gives, without
 * the server. Several may run side by side in one JVM.
 */
public final class App implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final Pattern REMOTE = Pattern.compile("postevent\\.topics\\.([^.]+)\\.remote\\.uri");

    private final WeldContainer container;
    private final JtaFixture jta;
    private final URLClassLoader loader;
    private final TestResources resources;

    private App(WeldContainer container, JtaFixture jta, URLClassLoader loader, TestResources resources) {
        this.container = container;
        this.jta = jta;
        this.loader = loader;
        this.resources = resources;
    }

    /** Describes an application over {@code db}. */
    public static Builder over(PostgresFixture.Db db) {
        return new Builder(db);
    }

    /** Collects beans and configuration. */
    public static final class Builder {
        private final PostgresFixture.Db db;
        private final Map<String, String> config = new HashMap<>();
        private final List<Extension> extensions = new ArrayList<>();
        private Class<?>[] beans = {};
        private boolean xa;
        private Class<? extends PGXADataSource> driver = PGXADataSource.class;
        private UnaryOperator<DataSource> wrapper = UnaryOperator.identity();
        private UnaryOperator<UserTransaction> transactions = UnaryOperator.identity();
        private UnaryOperator<ThreadFactory> threadFactory = UnaryOperator.identity();
        private PostgresFixture.Db inbox;
        private URL[] services = {};

        private Builder(PostgresFixture.Db db) {
            this.db = db;
            config.put("postevent.application", "app" + NUMBER.incrementAndGet() + "_" + db.name());
            config.put("postevent.node", "node1");
            config.put("postevent.datasource", "jdbc/app");
            config.put("postevent.feed.password", String.valueOf(db.password()));
        }

        public Builder with(String key, String value) {
            config.put(key, value);
            return this;
        }

        /** Without a value for {@code key}. */
        public Builder without(String key) {
            config.remove(key);
            return this;
        }

        public Builder beans(Class<?>... classes) {
            beans = classes;
            return this;
        }

        /** With what a library adds to the container. */
        public Builder extension(Extension by) {
            extensions.add(by);
            return this;
        }

        /** With the service files of a folder, as a library of the application has them. */
        public Builder services(URL folder) {
            services = new URL[] {folder};
            return this;
        }

        /** Two-phase data source. */
        public Builder xa() {
            xa = true;
            return this;
        }

        /** Two-phase data source, with something between it and the driver. */
        public Builder xa(Class<? extends PGXADataSource> by) {
            driver = by;
            return xa();
        }

        /** With something between the application and its data source. */
        public Builder wrapped(UnaryOperator<DataSource> by) {
            wrapper = by;
            return this;
        }

        /** With something between postevent and the transaction manager. */
        public Builder transactions(UnaryOperator<UserTransaction> by) {
            transactions = by;
            return this;
        }

        /** With something between postevent and the server's thread factory. */
        public Builder threads(UnaryOperator<ThreadFactory> by) {
            threadFactory = by;
            return this;
        }

        /** Inbox, progress and observers' effects in another database: the data source {@code jdbc/inbox}. */
        public Builder inbox(PostgresFixture.Db other) {
            inbox = other;
            config.put("postevent.inbox.datasource", "jdbc/inbox");
            return this;
        }

        private Set<TopicName> remoteTopics() {
            return config.keySet().stream()
                    .map(REMOTE::matcher)
                    .filter(Matcher::matches)
                    .map(key -> new TopicName(key.group(1)))
                    .collect(Collectors.toSet());
        }

        private static ThreadFactory threadFactory(AtomicInteger threads, ClassLoader loader) {
            return task -> {
                Thread thread = new Thread(() -> {
                    threads.incrementAndGet();
                    try {
                        task.run();
                    } finally {
                        threads.decrementAndGet();
                    }
                });
                thread.setContextClassLoader(loader);
                thread.setDaemon(true);
                return thread;
            };
        }

        /** Deploys and starts it. */
        public App start() {
            boolean roles = LeastPrivilege.isAskedFor() && inbox == null;
            LeastPrivilege logins = new LeastPrivilege(db);
            if (roles) {
                if (!Boolean.getBoolean("test.roles.prepared")) {
                    logins.prepare(config.get("postevent.application"), remoteTopics());
                }
                config.putIfAbsent("postevent.schema", "validate");
                config.putIfAbsent("postevent.feed.user", logins.feed());
                config.put("postevent.datasource", "jdbc/outbox");
                config.put("postevent.inbox.datasource", "jdbc/app");
            }
            if (!roles && inbox == null) {
                config.putIfAbsent("postevent.inbox.mode", System.getProperty("test.inbox", "copy"));
            }
            JtaFixture jta = JtaFixture.over(roles ? logins.asConsumer() : db, driver);
            AtomicInteger threads = new AtomicInteger();
            URLClassLoader loader = new URLClassLoader(services, App.class.getClassLoader());
            SmallRyeConfig mpConfig = new SmallRyeConfigBuilder()
                    .withSources(new PropertiesConfigSource(config, "test", 100))
                    .build();
            ConfigProviderResolver.instance().registerConfig(mpConfig, loader);
            Map<String, DataSource> sources = new HashMap<>();
            List<AutoCloseable> pools = new ArrayList<>(List.of(jta));
            sources.put("jdbc/app", wrapper.apply(xa ? jta.xa() : jta.local()));
            if (roles) {
                // two-phase: one transaction may publish and write what observers and business code write
                JtaFixture second = JtaFixture.over(logins.asPublisher());
                pools.add(second);
                sources.put("jdbc/outbox", second.xa());
            }
            if (inbox != null) {
                JtaFixture second = JtaFixture.over(inbox);
                pools.add(second);
                sources.put("jdbc/inbox", second.local());
            }
            TestResources resources = new TestResources(
                    jta,
                    sources,
                    pools,
                    threads,
                    loader,
                    transactions.apply(jta.userTransaction()),
                    threadFactory.apply(threadFactory(threads, loader)));
            Thread current = Thread.currentThread();
            ClassLoader before = current.getContextClassLoader();
            current.setContextClassLoader(loader);
            try {
                WeldContainer container = new Weld("app-" + NUMBER.incrementAndGet())
                        .disableDiscovery()
                        .setClassLoader(loader)
                        .addBeanClasses(beans)
                        .addBeanClass(App.class)
                        .addExtensions(
                                new PosteventExtension(),
                                new com.arjuna.ats.jta.cdi.TransactionExtension(),
                                new Surroundings(resources))
                        .addExtensions(extensions.toArray(new Extension[0]))
                        .addServices(new Transactions(jta))
                        .initialize();
                return new App(container, jta, loader, resources);
            } catch (RuntimeException | Error e) {
                resources.close();
                throw e;
            } finally {
                current.setContextClassLoader(before);
            }
        }
    }

    /** A bean of the application. */
    public <T> T get(Class<T> type, Annotation... qualifiers) {
        return container.select(type, qualifiers).get();
    }

    public WeldContainer container() {
        return container;
    }

    public JtaFixture jta() {
        return jta;
    }

    /** Threads that postevent's thread factory made and that still run. */
    public int threads() {
        return resources.threads().get();
    }

    /** What the application publishes through, and its business code works with. */
    public DataSource dataSource() {
        return resources.dataSource(resources.sources().containsKey("jdbc/outbox") ? "jdbc/outbox" : "jdbc/app");
    }

    @Override
    public void close() {
        container.close();
        resources.close();
        try {
            loader.close();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private record TestResources(
            JtaFixture jta,
            Map<String, DataSource> sources,
            List<AutoCloseable> pools,
            AtomicInteger threads,
            ClassLoader loader,
            UserTransaction userTransaction,
            ThreadFactory threadFactory)
            implements Resources {
        @Override
        public DataSource dataSource(String name) {
            DataSource found = sources.get(name);
            if (found == null) {
                throw new dev.postevent.PosteventException("PSTEV20001", "no data source " + name);
            }
            return found;
        }

        void close() {
            for (AutoCloseable pool : pools) {
                try {
                    pool.close();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        }

        @Override
        public TransactionSynchronizationRegistry synchronizationRegistry() {
            return jta.registry();
        }

        @Override
        public ThreadFactory threadFactory(String name) {
            if (!name.equals("java:comp/DefaultManagedThreadFactory")) {
                throw new dev.postevent.PosteventException("PSTEV20001", "no thread factory " + name);
            }
            return threadFactory;
        }
    }

    /** Adds the bean that stands for the server. */
    static final class Surroundings implements Extension {
        private final Resources resources;

        Surroundings(Resources resources) {
            this.resources = resources;
        }

        void add(@Observes AfterBeanDiscovery discovery) {
            discovery
                    .addBean()
                    .beanClass(App.class)
                    .types(Resources.class)
                    .scope(Dependent.class)
                    .createWith(context -> resources);
        }
    }

    private record Transactions(JtaFixture jta) implements TransactionServices {
        @Override
        public void registerSynchronization(Synchronization synchronization) {
            jta.registry().registerInterposedSynchronization(synchronization);
        }

        @Override
        public boolean isTransactionActive() {
            try {
                return jta.userTransaction().getStatus() == Status.STATUS_ACTIVE;
            } catch (jakarta.transaction.SystemException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public UserTransaction getUserTransaction() {
            return jta.userTransaction();
        }

        @Override
        public void cleanup() {
            // nothing of ours to clean
        }
    }
}
