package dev.postevent.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import jakarta.transaction.UserTransaction;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
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

    @Test
    void aUserNeedsTheTwoJarsOnly(@TempDir Path own) throws Exception {
        List<URL> path = new ArrayList<>();
        path.add(KIT.toURI().toURL());
        path.add(new File(System.getProperty("postevent.jar")).toURI().toURL());
        for (Class<?> type : List.of(
                CloudEvent.class,
                CloudEventBuilder.class,
                UserTransaction.class,
                JsonValue.class,
                JsonProvider.provider().getClass(),
                Nullable.class)) {
            path.add(type.getProtectionDomain().getCodeSource().getLocation());
        }
        path.add(copy(TestKitUser.class, own).toUri().toURL());
        ClassLoader before = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(path.toArray(new URL[0]), ClassLoader.getPlatformClassLoader())) {
            Thread.currentThread().setContextClassLoader(loader); // where JSON-P looks for its implementation
            var run = loader.loadClass(TestKitUser.class.getName()).getMethod("run", boolean.class);
            assertThat((long) run.invoke(null, true)).isPositive();
            try {
                run.invoke(null, false);
                throw new IllegalStateException("the wrong handler was not caught");
            } catch (InvocationTargetException e) {
                assertThat(e.getCause())
                        .isInstanceOf(AssertionError.class)
                        .hasMessageContaining("more often than once");
            }
        } finally {
            Thread.currentThread().setContextClassLoader(before);
        }
    }

    @Test
    void noTestOfOursIsInIt() throws IOException {
        try (JarFile jar = new JarFile(KIT)) {
            assertThat(jar.stream().map(entry -> entry.getName()))
                    .contains("dev/postevent/testkit/DeliverySimulation.class")
                    .noneMatch(name -> name.endsWith("Test.class") || name.contains("/campaign/"));
        }
    }

    private static Path copy(Class<?> type, Path to) throws IOException {
        String name = type.getName().replace('.', '/') + ".class";
        Path file = to.resolve(name);
        Files.createDirectories(file.getParent());
        try (InputStream in = type.getClassLoader().getResourceAsStream(name)) {
            Files.copy(in, file);
        }
        return to;
    }
}
