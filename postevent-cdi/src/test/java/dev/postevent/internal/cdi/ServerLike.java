package dev.postevent.internal.cdi;

import jakarta.transaction.NotSupportedException;
import jakarta.transaction.Status;
import jakarta.transaction.SystemException;
import jakarta.transaction.UserTransaction;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import javax.sql.DataSource;

/**
 * What application servers keep for the length of a thread, as was seen on them.
 *
 * <p>Open Liberty: a connection outside of a JTA transaction that could not be rolled back or given back stays in the thread's local
 * transaction, and as long as it is there no JTA transaction begins. WildFly: a connection that was open when its transaction ended by
 * itself is enlisted in each later transaction of the thread; and a thread has the names ({@code java:comp}) of the one that made it.
 */
final class ServerLike {
    private static final ThreadLocal<String> NAMES = new ThreadLocal<>();

    private final Set<Thread> cannotBegin = ConcurrentHashMap.newKeySet();
    /** By thread, what was taken in a transaction and not given back. */
    private final Map<Thread, Set<Connection>> open = new ConcurrentHashMap<>();

    private final Set<Thread> enlistsDead = ConcurrentHashMap.newKeySet();
    private UserTransaction transactions;

    /** Threads that were left so. */
    int spoiled() {
        return cannotBegin.size()
                + (int) open.values().stream().filter(left -> !left.isEmpty()).count();
    }

    /** The names of the calling thread; null: it has none. */
    static String names() {
        return NAMES.get();
    }

    static void give(String names) {
        NAMES.set(names);
    }

    ThreadFactory threads(ThreadFactory factory) {
        return task -> {
            String names = NAMES.get();
            return factory.newThread(() -> {
                NAMES.set(names);
                try {
                    task.run();
                } finally {
                    NAMES.remove();
                }
            });
        };
    }

    UserTransaction transactions(UserTransaction real) {
        transactions = real;
        return (UserTransaction) Proxy.newProxyInstance(
                ServerLike.class.getClassLoader(), new Class<?>[] {UserTransaction.class}, (proxy, method, args) -> {
                    Thread current = Thread.currentThread();
                    if (method.getName().equals("begin") && cannotBegin.contains(current)) {
                        throw new NotSupportedException("a local transaction is already active with work");
                    }
                    if (method.getName().equals("begin")
                            && !open.getOrDefault(current, Set.of()).isEmpty()) {
                        enlistsDead.add(current);
                    }
                    return call(real, method, args);
                });
    }

    DataSource source(DataSource real) {
        return (DataSource) Proxy.newProxyInstance(
                ServerLike.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, args) -> {
                    Object got = call(real, method, args);
                    return got instanceof Connection connection ? watched(connection) : got;
                });
    }

    private boolean inTransaction() throws SystemException {
        return transactions.getStatus() != Status.STATUS_NO_TRANSACTION;
    }

    private Connection watched(Connection real) throws SQLException, SystemException {
        Thread current = Thread.currentThread();
        boolean outside = !inTransaction();
        if (!outside && enlistsDead.contains(current)) {
            real.close();
            throw new SQLException("This connection has been closed.", "08003");
        }
        Set<Connection> mine = open.computeIfAbsent(current, thread -> ConcurrentHashMap.newKeySet());
        if (!outside) {
            mine.add(real);
        }
        return (Connection) Proxy.newProxyInstance(
                ServerLike.class.getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, args) -> {
                    if (method.getName().equals("close")) {
                        mine.remove(real);
                    }
                    try {
                        return call(real, method, args);
                    } catch (SQLException e) {
                        if (outside
                                && Set.of("rollback", "setAutoCommit", "close").contains(method.getName())) {
                            cannotBegin.add(current);
                        }
                        throw e;
                    }
                });
    }

    private static Object call(Object real, java.lang.reflect.Method method, Object[] args) throws Throwable {
        try {
            return method.invoke(real, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}
