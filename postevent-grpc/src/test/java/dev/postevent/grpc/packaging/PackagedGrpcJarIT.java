package dev.postevent.grpc.packaging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.postevent.grpc.Certificates;
import dev.postevent.testing.LicenceIndex;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lands in the user's WEB-INF/lib beside the main jar must not change the user's application either. */
class PackagedGrpcJarIT {
    private static final String SERVICES = "META-INF/services/";
    private static final String SHADED = "dev.postevent.shaded.";
    private static final Map<String, byte[]> ENTRIES = new TreeMap<>();
    private static File jar;

    @BeforeAll
    static void readTheJar() throws IOException {
        jar = new File(System.getProperty("postevent.grpc.jar"));
        try (JarFile file = new JarFile(jar)) {
            for (JarEntry entry : file.stream().filter(e -> !e.isDirectory()).toList()) {
                try (InputStream in = file.getInputStream(entry)) {
                    ENTRIES.put(entry.getName(), in.readAllBytes());
                }
            }
        }
        assertThat(ENTRIES).containsKey("dev/postevent/grpc/GrpcTransport.class");
    }

    @Test
    void everythingOutsideMetaInfIsBelowDevPostevent() {
        assertThat(ENTRIES.keySet())
                .filteredOn(name -> !name.startsWith("META-INF/"))
                .allMatch(name -> name.startsWith("dev/postevent/"));
    }

    @Test
    void metaInfHasNothingAContainerReactsTo() {
        assertThat(ENTRIES.keySet())
                .filteredOn(name -> name.startsWith("META-INF/") && !name.startsWith(SERVICES))
                .allMatch(name -> name.equals("META-INF/MANIFEST.MF")
                        || name.startsWith("META-INF/licenses/")
                        || name.matches(".*(LICENSE|NOTICE)(\\.txt)?"));
    }

    @Test
    void servicesAreThoseOfRelocatedLibrariesAndTheTransport() {
        assertThat(ENTRIES.keySet())
                .filteredOn(name -> name.startsWith(SERVICES))
                .allMatch(name ->
                        name.startsWith(SERVICES + SHADED) || name.equals(SERVICES + "dev.postevent.spi.Transport"));
        ENTRIES.forEach((name, bytes) -> {
            if (name.startsWith(SERVICES + SHADED)) {
                assertThat(new String(bytes, UTF_8).lines().filter(line -> !line.isBlank()))
                        .as(name)
                        .isNotEmpty()
                        .allMatch(provider -> provider.startsWith(SHADED));
            }
        });
    }

    @Test
    void theProtocolFileIsInside() {
        assertThat(new String(ENTRIES.get("dev/postevent/grpc/postevent.proto"), UTF_8))
                .contains("package postevent.v1;", "service TopicService");
    }

    /** As anybody would, whatever the language: the files of the JAR, those of protoc, and nothing else. */
    @Test
    void aClientIsGeneratedFromTheFilesInside(@TempDir Path dir) throws Exception {
        Path published = Files.createDirectory(dir.resolve("published"));
        for (Map.Entry<String, byte[]> entry : ENTRIES.entrySet()) {
            if (entry.getKey().endsWith(".proto")) {
                Files.write(published.resolve(Path.of(entry.getKey()).getFileName()), entry.getValue());
            }
        }
        // a protoc that is installed has these beside it
        Path known = Files.createDirectories(dir.resolve("known/google/protobuf"))
                .getParent()
                .getParent();
        for (String name : List.of("any.proto", "timestamp.proto")) {
            try (InputStream in = Any.class.getResourceAsStream("/google/protobuf/" + name)) {
                Files.copy(in, known.resolve("google/protobuf").resolve(name));
            }
        }
        Path generated = Files.createDirectory(dir.resolve("generated"));
        Path protoc = Path.of(System.getProperty("postevent.protoc"));
        assertThat(protoc.toFile().setExecutable(true)).isTrue();
        Process process = new ProcessBuilder(
                        protoc.toString(),
                        "-I" + published,
                        "-I" + known,
                        "--python_out=" + generated,
                        "--cpp_out=" + generated,
                        "--java_out=" + generated,
                        "postevent.proto",
                        "cloudevents.proto")
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(generated)
                .isDirectoryContaining("glob:**/postevent_pb2.py")
                .isDirectoryContaining("glob:**/cloudevents_pb2.py")
                .isDirectoryContaining("glob:**/postevent.pb.cc");
        assertThat(Files.readString(generated.resolve("postevent_pb2.py"))).contains("import cloudevents_pb2");
    }

    @Test
    void licencesOfWhatIsInsideAreInside() {
        assertThat(new String(ENTRIES.get("META-INF/LICENSE"), UTF_8)).contains("Apache License");
        assertThat(new String(ENTRIES.get("META-INF/NOTICE"), UTF_8)).contains("gRPC Authors", "Netty Project");
        assertThat(new String(ENTRIES.get("META-INF/licenses/netty/NOTICE.txt"), UTF_8))
                .contains("JSR-166 EG");
        new LicenceIndex(ENTRIES, "META-INF/licenses/postevent-grpc.txt").covers("dev.postevent.grpc");
    }

    @Test
    void servesAndReadsOverTlsWithWhatIsInside(@TempDir Path files) throws Exception {
        Certificates authority = new Certificates(files, "authority");
        Certificates.Issued server = authority.issue("server");
        String classpath = Stream.of(
                        jar.getPath(),
                        location(dev.postevent.spi.Transport.class),
                        location(io.cloudevents.CloudEvent.class),
                        location(io.cloudevents.core.builder.CloudEventBuilder.class),
                        location(jakarta.json.Json.class),
                        location(org.eclipse.parsson.JsonProviderImpl.class),
                        location(PackagedRoundTrip.class))
                .distinct()
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        classpath,
                        PackagedRoundTrip.class.getName(),
                        server.certificate().toString(),
                        server.key().toString(),
                        authority.ca().toString()))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).contains("read stored data of stored", "took live data of live");
    }

    private static String location(Class<?> type) throws URISyntaxException {
        return new File(type.getProtectionDomain().getCodeSource().getLocation().toURI()).getPath();
    }
}
