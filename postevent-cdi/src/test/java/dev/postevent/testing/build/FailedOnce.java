package dev.postevent.testing.build;

import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/** See {@link Seeded}. The second run of a build is in the same JVM as the first. */
final class FailedOnce implements InvocationInterceptor {
    private static final Map<String, Throwable> FAILURES = new ConcurrentHashMap<>();

    @Override
    public void interceptTestMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        run(invocation, test.getUniqueId());
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> invocation, ReflectiveInvocationContext<Method> method, ExtensionContext test)
            throws Throwable {
        run(invocation, test.getUniqueId());
    }

    private static void run(Invocation<Void> invocation, String id) throws Throwable {
        Throwable before = FAILURES.get(id);
        if (before != null) {
            invocation.skip();
            throw new AssertionError(
                    "not run again: it failed in this build, and what a seed shows is a fault", before);
        }
        try {
            invocation.proceed();
        } catch (Throwable e) {
            FAILURES.put(id, e);
            throw e;
        }
    }
}
