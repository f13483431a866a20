package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import dev.postevent.Resources;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.concurrent.ThreadFactory;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Takes everything from JNDI, under the names that Jakarta EE gives them.
 *
 * <p>Which of them there are depends on who asks: Jakarta Enterprise Beans keeps {@code java:comp/UserTransaction} from a bean whose
 * transactions the container manages. Such a bean may be the first to publish, and what is found for it serves all that come later. So
 * it gets what was found at deployment, when no bean was asking.
 */
final class JndiResources implements Resources {
    private static final System.Logger LOG = System.getLogger("dev.postevent");

    /**
     * Names of the server's own for the same. Where an EAR is deployed, and where an application starts whose EAR has the library in
     * {@code lib/}, no component is asking, and WildFly then has no names below {@code java:comp}.
     */
    private static final Map<String, String> WITHOUT_COMPONENT = Map.of(
            "java:comp/UserTransaction", "java:jboss/UserTransaction",
            "java:comp/TransactionSynchronizationRegistry", "java:jboss/TransactionSynchronizationRegistry",
            "java:comp/DefaultManagedThreadFactory", "java:jboss/ee/concurrency/factory/default");

    private volatile @Nullable UserTransaction found;

    /** Finds what not everybody may ask for, for those who may not. */
    void findForAll() {
        try {
            UserTransaction unused = userTransaction();
        } catch (PosteventException e) {
            LOG.log(Level.DEBUG, "no UserTransaction at deployment; it is looked up where it is needed", e);
        }
    }

    @Override
    public DataSource dataSource(String name) {
        return lookup(name, DataSource.class);
    }

    @Override
    public UserTransaction userTransaction() {
        try {
            UserTransaction transaction = lookup("java:comp/UserTransaction", UserTransaction.class);
            found = transaction;
            return transaction;
        } catch (PosteventException e) {
            UserTransaction before = found;
            if (before == null) {
                throw e;
            }
            return before;
        }
    }

    @Override
    public TransactionSynchronizationRegistry synchronizationRegistry() {
        return lookup("java:comp/TransactionSynchronizationRegistry", TransactionSynchronizationRegistry.class);
    }

    @Override
    public ThreadFactory threadFactory(String name) {
        return lookup(name, ThreadFactory.class);
    }

    @SuppressWarnings("BanJNDI") // names come from the configuration of the application, never from outside
    private static Object find(String name) throws NamingException {
        try {
            return InitialContext.doLookup(name);
        } catch (NamingException e) {
            String other = WITHOUT_COMPONENT.get(name);
            if (other == null) {
                throw e;
            }
            try {
                return InitialContext.doLookup(other);
            } catch (NamingException alsoMissing) {
                e.addSuppressed(alsoMissing);
                throw e;
            }
        }
    }

    private static <T> T lookup(String name, Class<T> type) {
        Object found;
        try {
            found = find(name);
        } catch (NamingException e) {
            throw new PosteventException(
                    "PSTEV20001",
                    "the server has nothing under the JNDI name '" + name + "', where a " + type.getSimpleName()
                            + " is expected (" + e + ")",
                    e);
        }
        if (!type.isInstance(found)) {
            throw new PosteventException(
                    "PSTEV20002",
                    "under the JNDI name '" + name + "' there is a "
                            + found.getClass().getName() + ", expected a " + type.getSimpleName());
        }
        return type.cast(found);
    }
}
