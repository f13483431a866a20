package dev.postevent.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.postevent.testing.ClassFiles;
import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Qualifier;
import jakarta.interceptor.InterceptorBinding;
import jakarta.json.JsonValue;
import jakarta.json.bind.Jsonb;
import jakarta.json.bind.JsonbBuilder;
import jakarta.json.spi.JsonProvider;
import jakarta.transaction.UserTransaction;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The test kit as it is shipped: one jar beside the library's, CloudEvents and the Jakarta APIs. */
class PackagedTestKitIT {
    private static final File KIT = new File(System.getProperty("postevent.testkit.jar"));
    private static final Class<?> JSON = JsonProvider.provider().getClass();

    /** What users compile with. */
    private static final List<Class<?>> LIBRARY = List.of(CloudEvent.class, CloudEventBuilder.class, Nullable.class);

    /** What a server has. */
    private static final List<Class<?>> FOR_HANDLERS = List.of(UserTransaction.class, JsonValue.class);

    private static List<Class<?>> forBeans() throws ClassNotFoundException {
        return List.of(
                Observes.class,
                Qualifier.class,
                InterceptorBinding.class,
                Class.forName("jakarta.el.ELResolver"),
                Jsonb.class);
    }

    @TempDir
    Path own;

    @Test
    void aUserNeedsTheTwoJarsOnly() throws Throwable {
        List<Class<?>> path = joined(FOR_HANDLERS, List.of(JSON));
        assertThat((long) run(path, TestKitUser.class, true)).isPositive();
        assertThatThrownBy(() -> run(path, TestKitUser.class, false))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("more often than once");
    }

    @Test
    void aBeanIsFoundAndCalledFromThem() throws Throwable {
        List<Class<?>> path = joined(joined(FOR_HANDLERS, forBeans()), List.of(JSON, binding()));
        assertThat((long) run(path, TestKitBeanUser.class)).isPositive();
    }

    @Test
    void whatIsMissingOnTheClassPathIsALine() throws Exception {
        List<Class<?>> jsonBinding = List.of(JSON, binding());
        assertThatThrownBy(() -> run(FOR_HANDLERS, TestKitUser.class, true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("org.eclipse.parsson:parsson");
        assertThatThrownBy(() -> run(List.of(JSON), TestKitUser.class, true))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("add jakarta.transaction:jakarta.transaction-api")
                .hasMessageContaining("add jakarta.json:jakarta.json-api");
        assertThatThrownBy(() -> run(joined(FOR_HANDLERS, jsonBinding), TestKitBeanUser.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("add jakarta.enterprise:jakarta.enterprise.cdi-api")
                .hasMessageContaining("add jakarta.json.bind:jakarta.json.bind-api");
        List<Class<?>> withoutBinding = joined(joined(FOR_HANDLERS, forBeans()), List.of(JSON));
        assertThatThrownBy(() -> run(withoutBinding, TestKitBeanUser.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("org.eclipse:yasson");
    }

    @Test
    void noTestOfOursIsInIt() throws IOException {
        try (JarFile jar = new JarFile(KIT)) {
            assertThat(jar.stream().map(entry -> entry.getName()))
                    .contains("dev/postevent/testkit/DeliverySimulation.class")
                    .noneMatch(name -> name.endsWith("Test.class") || name.contains("/campaign/"));
        }
    }

    private static Class<?> binding() throws Exception {
        try (Jsonb jsonb = JsonbBuilder.create()) {
            return jsonb.getClass();
        }
    }

    private static List<Class<?>> joined(List<Class<?>> some, List<Class<?>> more) {
        List<Class<?>> all = new ArrayList<>(some);
        all.addAll(more);
        return all;
    }

    /** Calls {@code run} of a class that sees the two jars and where these classes come from. */
    private Object run(List<Class<?>> server, Class<?> user, Object... arguments) throws Throwable {
        List<URL> path = new ArrayList<>();
        path.add(KIT.toURI().toURL());
        path.add(new File(System.getProperty("postevent.jar")).toURI().toURL());
        for (Class<?> type : joined(LIBRARY, server)) {
            path.add(type.getProtectionDomain().getCodeSource().getLocation());
        }
        ClassFiles.copy(user, own);
        path.add(own.toUri().toURL());
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(path.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            Thread.currentThread().setContextClassLoader(loader); // where JSON-P looks for its implementation
            Class<?>[] types = arguments.length == 0 ? new Class<?>[0] : new Class<?>[] {boolean.class};
            return loader.loadClass(user.getName()).getMethod("run", types).invoke(null, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }
}
