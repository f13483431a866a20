package dev.postevent.internal.cdi;

import dev.postevent.PosteventException;
import dev.postevent.Resources;
import jakarta.transaction.TransactionSynchronizationRegistry;
import jakarta.transaction.UserTransaction;
import java.util.concurrent.ThreadFactory;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;

/** Takes everything from JNDI, under the names that Jakarta EE gives them. */
final class JndiResources implements Resources {

    @Override
    public DataSource dataSource(String name) {
        return lookup(name, DataSource.class);
    }

    @Override
    public UserTransaction userTransaction() {
        return lookup("java:comp/UserTransaction", UserTransaction.class);
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
    private static <T> T lookup(String name, Class<T> type) {
        Object found;
        try {
            found = InitialContext.doLookup(name);
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
