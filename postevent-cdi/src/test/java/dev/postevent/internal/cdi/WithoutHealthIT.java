package dev.postevent.internal.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** A server need not have MicroProfile Health: the application deploys, without probes. */
class WithoutHealthIT {

    @Test
    void withoutMicroProfileHealthTheApplicationDeploys() throws Exception {
        assertThat(deployed("microprofile-health-api"))
                .startsWith("without ")
                .contains("not started: ", "the database is away");
    }

    @Test
    void withItTheSameApplicationDeploysAsWell() throws Exception {
        assertThat(deployed("nothing of the kind"))
                .startsWith("with HealthCheck ")
                .contains("not started: ", "the database is away");
    }

    /** What {@link WithoutHealth} finds, in a class loader of its own, whose path has no JAR with this in its name. */
    static String deployed(String without) throws Exception {
        List<URL> path = new ArrayList<>();
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        for (String entry : all.split(File.pathSeparator)) {
            if (!entry.contains(without)) {
                path.add(Path.of(entry).toUri().toURL());
            }
        }
        Thread current = Thread.currentThread();
        ClassLoader before = current.getContextClassLoader();
        try (URLClassLoader loader =
                new URLClassLoader(path.toArray(URL[]::new), ClassLoader.getPlatformClassLoader())) {
            Callable<?> application = (Callable<?>) loader.loadClass(WithoutHealth.class.getName())
                    .getDeclaredConstructor()
                    .newInstance();
            return (String) application.call();
        } finally {
            current.setContextClassLoader(before);
        }
    }
}
