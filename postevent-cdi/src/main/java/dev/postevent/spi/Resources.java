package dev.postevent.spi;

import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.util.concurrent.ThreadFactory;
import javax.sql.DataSource;

/**
 * What postevent takes from its surroundings. On a server it comes from JNDI; an application (or a plain CDI container) that has
 * a bean of this type gives its own instead.
 *
 * @since 0.1.0
 */
public interface Resources {

    /**
     * A data source that takes part in JTA transactions and gives auto-commit connections outside of one.
     *
     * @param name as configured in {@code postevent.datasource} or {@code postevent.inbox.datasource}
     */
    DataSource dataSource(String name);

    /** Begins and ends transactions of the calling thread. */
    UserTransaction userTransaction();

    /** The registry of the transaction of the calling thread. */
    TransactionSynchronizationRegistry synchronizationRegistry();

    /**
     * Makes every thread postevent uses.
     *
     * @param name as configured in {@code postevent.thread-factory}
     */
    ThreadFactory threadFactory(String name);
}
