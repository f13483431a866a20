package dev.postevent.campaign;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;

/** A data source on whose connections the commit of the inbox is a {@link HaltPoint}. */
final class HaltingDataSource {
    private HaltingDataSource() {}

    static DataSource of(DataSource real) {
        return proxy(DataSource.class, (method, args) -> {
            Object result = call(real, method, args);
            return result instanceof Connection connection ? halting(connection) : result;
        });
    }

    private static Connection halting(Connection real) {
        AtomicBoolean storesEvents = new AtomicBoolean();
        return proxy(Connection.class, (method, args) -> {
            boolean stores = method.getName().equals("prepareStatement")
                    && ((String) args[0]).contains("insert into postevent_inbox.messages");
            boolean commit = method.getName().equals("commit") && storesEvents.get();
            if (commit) {
                HaltPoint.BEFORE_INBOX_COMMIT.pass();
            }
            Object result = call(real, method, args);
            if (commit) {
                HaltPoint.AFTER_INBOX_COMMIT.pass();
            }
            if (stores && real.getAutoCommit()) {
                return committing((PreparedStatement) result);
            }
            if (stores) {
                storesEvents.set(true);
            }
            return result;
        });
    }

    /** A statement that is a transaction of its own. */
    private static PreparedStatement committing(PreparedStatement real) {
        return proxy(PreparedStatement.class, (method, args) -> {
            Object result = call(real, method, args);
            if (method.getName().startsWith("execute")) {
                HaltPoint.AFTER_INBOX_COMMIT.pass();
            }
            return result;
        });
    }

    private interface Handler {
        Object handle(Method method, Object[] args) throws Throwable;
    }

    private static Object call(Object target, Method method, Object[] args) throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, Handler handler) {
        return type.cast(Proxy.newProxyInstance(
                HaltingDataSource.class.getClassLoader(),
                new Class<?>[] {type},
                (self, method, args) -> handler.handle(method, args)));
    }
}
