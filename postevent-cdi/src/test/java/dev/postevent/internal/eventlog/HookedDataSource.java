package dev.postevent.internal.eventlog;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** A data source whose statements can be interrupted: something else happens right before each of them runs. */
final class HookedDataSource {
    private HookedDataSource() {}

    /** Calls {@code before} with the text of each statement that is about to run. */
    static DataSource of(DataSource source, Consumer<String> before) {
        return proxy(DataSource.class, (method, args) -> {
            Object result = call(source, method, args);
            return result instanceof Connection connection ? hooked(connection, before) : result;
        });
    }

    /** Gives {@code connection} each time, and does not close it. */
    static DataSource single(Connection connection) {
        return proxy(
                DataSource.class,
                (asked, none) -> proxy(
                        Connection.class,
                        (method, args) -> method.getName().equals("close") ? null : call(connection, method, args)));
    }

    private static Connection hooked(Connection connection, Consumer<String> before) {
        return proxy(Connection.class, (method, args) -> {
            Object result = call(connection, method, args);
            if (result instanceof PreparedStatement statement) {
                return hooked(PreparedStatement.class, statement, (String) args[0], before);
            }
            return result instanceof Statement statement ? hooked(Statement.class, statement, "", before) : result;
        });
    }

    private static <T extends Statement> T hooked(Class<T> type, T statement, String sql, Consumer<String> before) {
        return proxy(type, (method, args) -> {
            if (method.getName().startsWith("execute")) {
                before.accept(args == null ? sql : (String) args[0]);
            }
            return call(statement, method, args);
        });
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
                type.getClassLoader() == null ? HookedDataSource.class.getClassLoader() : type.getClassLoader(),
                new Class<?>[] {type},
                (self, method, args) -> handler.handle(method, args)));
    }

    /** What a proxy does. */
    @FunctionalInterface
    private interface Handler {
        Object handle(Method method, Object[] args) throws Throwable;
    }
}
