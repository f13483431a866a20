package dev.postevent.packaging;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.internal.schema.Schema;
import dev.postevent.spi.TopicName;
import dev.postevent.testing.LicenceIndex;
import dev.postevent.testing.PostgresFixture;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.sql.Driver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** What lands in the user's WEB-INF/lib must not change the user's application: looks into the jar as it is shipped. */
class PackagedJarIT {
    private static final String SERVICES = "META-INF/services/";
    private static final String SHADED = "dev.postevent.shaded.";
    private static final String ENGINE_LOG = "dev.postevent.internal.feed.log.EngineLogProvider";
    private static final Map<String, byte[]> ENTRIES = new TreeMap<>();
    private static File jar;

    @BeforeAll
    static void readTheJar() throws IOException {
        jar = new File(System.getProperty("postevent.jar"));
        try (JarFile file = new JarFile(jar)) {
            for (JarEntry entry : file.stream().filter(e -> !e.isDirectory()).toList()) {
                try (InputStream in = file.getInputStream(entry)) {
                    ENTRIES.put(entry.getName(), in.readAllBytes());
                }
            }
        }
        assertThat(ENTRIES).containsKey("dev/postevent/EventPublisher.class");
    }

    @Test
    void everythingOutsideMetaInfIsBelowDevPostevent() {
        assertThat(ENTRIES.keySet())
                .filteredOn(name -> !name.startsWith("META-INF/") && !name.equals("NOTICE"))
                .allMatch(name -> name.startsWith("dev/postevent/"));
    }

    @Test
    void runAsAProgramItWritesTheDdl() throws Exception {
        PostgresFixture.Db db = PostgresFixture.shared().newDatabase();
        db.execute(run(0, "orders", "invoices"));
        new Schema(db.dataSource(), Schema.Mode.VALIDATE)
                .prepareOutbox(List.of(new TopicName("orders"), new TopicName("invoices")));
        new Schema(db.dataSource(), Schema.Mode.VALIDATE).prepareInbox();
        assertThat(run(2, "No Topic")).contains("'No Topic' is not valid");
    }

    private static String run(int exit, String... topics) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow(), "-jar", jar.getPath()));
        command.addAll(List.of(topics));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(text).isEqualTo(exit);
        return text;
    }

    @Test
    void metaInfHasNothingAContainerReactsToButTheProbesOfHealth() {
        assertThat(ENTRIES.keySet())
                .filteredOn(name -> name.startsWith("META-INF/") && !name.startsWith(SERVICES))
                .allMatch(name -> name.equals("META-INF/MANIFEST.MF")
                        || name.equals("META-INF/beans.xml")
                        || name.startsWith("META-INF/licenses/")
                        || name.matches(".*(LICENSE|NOTICE|LICENSE.txt)"));
        // not excluded, tens of thousands of classes would be looked at, and whatever looks like a bean would be one
        assertThat(text("META-INF/beans.xml")).contains("<exclude name=\"" + SHADED + "**\"/>");
    }

    @Test
    void wildFlyShowsTheFlightRecorderToTheApplication() throws IOException {
        try (JarFile file = new JarFile(jar)) {
            assertThat(file.getManifest().getMainAttributes().getValue("Dependencies"))
                    .isEqualTo("jdk.jfr");
        }
    }

    @Test
    void openTelemetryIsTheServersOrTheUsersAndNoClassOfItIsInside() {
        assertThat(ENTRIES.keySet()).noneMatch(name -> name.matches("(dev/postevent/shaded/)?io/opentelemetry/.*"));
        // Debezium has classes for it, too, which the engine does not load
        List<String> naming = ENTRIES.entrySet().stream()
                .filter(entry -> !entry.getKey().startsWith("dev/postevent/shaded/"))
                .filter(entry -> new String(entry.getValue(), ISO_8859_1).contains("Lio/opentelemetry/"))
                .map(Map.Entry::getKey)
                .toList();
        assertThat(naming)
                .isNotEmpty()
                .allMatch(name -> name.startsWith("dev/postevent/internal/telemetry/OpenTelemetrySignals"));
    }

    @Test
    void noClassCarriesAJaxRsAnnotationOrIsAProvider() {
        List<String> found = new ArrayList<>();
        ENTRIES.forEach((name, bytes) -> {
            String text = new String(bytes, ISO_8859_1);
            if (name.endsWith(".class")
                    && (text.contains("Ljakarta/ws/rs/Path;")
                            || text.contains("Ljakarta/ws/rs/ApplicationPath;")
                            || text.contains("jakarta/ws/rs/ext/")
                            || text.contains("javax/ws/rs/"))) {
                found.add(name);
            }
        });
        assertThat(found).isEmpty();
    }

    @Test
    void noClassCarriesAnAnnotationThatWebContainersScanFor() {
        List<String> found = new ArrayList<>();
        ENTRIES.forEach((name, bytes) -> {
            String text = new String(bytes, ISO_8859_1);
            if (name.endsWith(".class")
                    && (text.contains("jakarta/servlet/")
                            || text.contains("jakarta/ejb/")
                            || text.contains("jakarta/persistence/"))) {
                found.add(name);
            }
        });
        assertThat(found).isEmpty();
    }

    @Test
    void servicesAreThoseOfRelocatedLibrariesAndTheCdiExtension() {
        assertThat(ENTRIES.keySet())
                .filteredOn(name -> name.startsWith(SERVICES))
                .allMatch(name -> name.startsWith(SERVICES + SHADED)
                        || name.equals(SERVICES + "jakarta.enterprise.inject.spi.Extension"));
        ENTRIES.forEach((name, bytes) -> {
            if (name.startsWith(SERVICES + SHADED)) {
                assertThat(new String(bytes, UTF_8)
                                .lines()
                                .map(line -> line.replaceFirst("#.*", "").strip()))
                        .as(name)
                        .filteredOn(line -> !line.isEmpty())
                        .isNotEmpty()
                        .allMatch(provider -> provider.startsWith(SHADED) || provider.equals(ENGINE_LOG));
            }
        });
    }

    @Test
    void licencesOfWhatIsInsideAreInside() {
        assertThat(text("META-INF/LICENSE")).contains("Apache License").contains("PostgreSQL Global Development Group");
        assertThat(text("META-INF/LICENSE.txt")).contains("QOS.ch");
        assertThat(text("META-INF/NOTICE")).contains("Jackson");
        assertThat(text("META-INF/NOTICE")).contains("Debezium Authors");
        assertThat(text("NOTICE")).contains("Apache Kafka");
        new LicenceIndex(ENTRIES, "META-INF/licenses/postevent-cdi.txt").covers("dev.postevent");
    }

    @Test
    void theEngineIsCompleteWithCloudEventsAlone() throws Exception {
        ClassLoader own = Thread.currentThread().getContextClassLoader();
        try (URLClassLoader application = new URLClassLoader(
                new URL[] {
                    jar.toURI().toURL(),
                    location(io.cloudevents.CloudEvent.class),
                    location(org.jspecify.annotations.NullMarked.class)
                },
                ClassLoader.getPlatformClassLoader())) {
            Thread.currentThread().setContextClassLoader(application); // as on a server
            Class<?> factory =
                    Class.forName(SHADED + "io.debezium.engine.DebeziumEngine$BuilderFactory", true, application);
            assertThat(ServiceLoader.load(factory, application).stream().map(ServiceLoader.Provider::get))
                    .extracting(provider -> provider.getClass().getName())
                    .contains(SHADED + "io.debezium.embedded.async.ConvertingAsyncEngineBuilderFactory");

            Object connector = application
                    .loadClass(SHADED + "io.debezium.connector.postgresql.PostgresConnector")
                    .getConstructor()
                    .newInstance();
            Method version = connector.getClass().getMethod("version");
            assertThat(version.invoke(connector)).asString().matches("\\d+\\.\\d+\\.\\d+\\.Final");
            Object definition = connector.getClass().getMethod("config").invoke(connector);
            assertThat(definition.getClass().getName()).startsWith(SHADED);

            Class<?> kafka = Class.forName(SHADED + "org.apache.kafka.common.utils.AppInfoParser", true, application);
            assertThat(kafka.getMethod("getVersion").invoke(null)).asString().startsWith("4.");
        } finally {
            Thread.currentThread().setContextClassLoader(own);
        }
    }

    /** As the driver of a server, which is another copy, names them in the URL of a data source. */
    @Test
    void classesOfTheDriverInAUrlAreThoseOfOurCopy() throws Exception {
        try (URLClassLoader application = new URLClassLoader(
                new URL[] {jar.toURI().toURL(), location(org.jspecify.annotations.NullMarked.class)},
                ClassLoader.getPlatformClassLoader())) {
            PGSimpleDataSource dataSource = new PGSimpleDataSource();
            dataSource.setUrl("jdbc:postgresql://h:5/d");
            for (String factory : List.of("LibPQFactory", "NonValidatingFactory")) {
                dataSource.setSslfactory("org.postgresql.ssl." + factory);
                Method value = accessible(application, "DriverParameters", "value", String.class);
                String ours = (String) value.invoke(null, dataSource.getSslfactory());
                assertThat(application.loadClass(ours).getName()).isEqualTo(SHADED + "org.postgresql.ssl." + factory);
            }
            dataSource.setSslfactory("org.postgresql.ssl.LibPQFactory");
            Method withoutDefaults = accessible(application, "DriverParameters", "withoutDefaults", String.class);
            assertThat(withoutDefaults.invoke(null, dataSource.getUrl())).isEqualTo("jdbc:postgresql://h:5/d");
        }
    }

    private static Method accessible(ClassLoader loader, String type, String name, Class<?>... parameters)
            throws ReflectiveOperationException {
        Method method =
                loader.loadClass("dev.postevent.internal.feed.debezium." + type).getDeclaredMethod(name, parameters);
        method.setAccessible(true);
        return method;
    }

    @Test
    void driverManagerFindsNoDriverOfOurs() throws IOException {
        try (URLClassLoader application =
                new URLClassLoader(new URL[] {jar.toURI().toURL()}, ClassLoader.getPlatformClassLoader())) {
            assertThat(ServiceLoader.load(Driver.class, application).stream())
                    .noneMatch(provider -> provider.type().getName().startsWith("dev.postevent"));
        }
    }

    private static String text(String entry) {
        return new String(ENTRIES.get(entry), UTF_8);
    }

    private static URL location(Class<?> type) {
        try {
            return type.getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI()
                    .toURL();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
