package dev.postevent.campaign;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import javax.sql.XAConnection;
import javax.transaction.xa.XAResource;
import org.postgresql.xa.PGXADataSource;

/** The driver's data source, where what comes after its prepare and before its commit are {@link HaltPoint}s. */
public class HaltingXaDataSource extends PGXADataSource {
    private static final long serialVersionUID = 1L;

    @Override
    public XAConnection getXAConnection(String user, String password) throws SQLException {
        XAConnection real = super.getXAConnection(user, password);
        return halting(XAConnection.class, real);
    }

    private static <T> T halting(Class<T> type, T real) {
        return type.cast(Proxy.newProxyInstance(
                HaltingXaDataSource.class.getClassLoader(), new Class<?>[] {type}, (self, method, args) -> {
                    if (method.getName().equals("commit") && args.length == 2 && args[1].equals(false)) {
                        HaltPoint.DECIDED.pass();
                    }
                    Object result;
                    try {
                        result = method.invoke(real, args);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                    if (method.getName().equals("prepare")) {
                        HaltPoint.PREPARED.pass();
                    }
                    return result instanceof XAResource resource ? halting(XAResource.class, resource) : result;
                }));
    }
}
