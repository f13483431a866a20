package dev.postevent;

import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.util.concurrent.ThreadFactory;
import javax.sql.DataSource;

/**
 * What postevent takes from its surroundings. On a server it comes from JNDI, and there is nothing to do; an application (or a plain CDI
 * container) that has a bean of this type gives its own instead. It is asked at deployment, and then by threads of postevent, several
 * at once.
 *
 * <pre>{@code
 * @ApplicationScoped
 * public class OwnResources implements Resources {
 *     @Inject Pools pools;
 *
 *     public DataSource dataSource(String name) {
 *         return pools.named(name); // takes part in the transactions of userTransaction()
 *     }
 *     ...
 * }
 * }</pre>
 *
 * <p>It may gain methods, which have a default.
 *
 * @since 0.1.0
 */
public interface Resources {

    /**
     * A data source that takes part in JTA transactions and gives auto-commit connections outside of one.
     *
     * @param name as configured in {@code postevent.datasource} or {@code postevent.inbox.datasource}
     * @throws PosteventException if there is none of that name: a deployment fault, told with the message and the key
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
     * @throws PosteventException if there is none of that name: a deployment fault, told with the message and the key
     */
    ThreadFactory threadFactory(String name);
}
