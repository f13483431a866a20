package dev.postevent.sample.ear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.server.Database;
import dev.postevent.server.OpenLiberty;
import dev.postevent.server.PostgresCluster;
import dev.postevent.testing.ClassFiles;
import dev.postevent.testing.build.FreePort;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** An EAR with two WARs: each with a library of its own is two applications, one library for both is one application. */
class EarIT {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Path SHOP = Path.of(System.getProperty("shop.war"));
    private static final Path EARS = SHOP.resolveSibling("ears");

    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void eachWarWithALibraryIsAnApplicationAndOneLibraryInTheEarIsOne() throws Exception {
        try (PostgresCluster postgres = PostgresCluster.temporary()) {
            Database database = postgres.database("ear");
            database.execute("create table letters (reader text not null, text text not null)");
            try (OpenLiberty server = OpenLiberty.instance(
                    Path.of(System.getProperty("liberty.home")),
                    Path.of(System.getProperty("liberty.servers")),
                    "ear",
                    FreePort.find(),
                    database,
                    Path.of(Objects.requireNonNull(EarIT.class.getResource("/ear/server.xml"))
                            .toURI()),
                    "letters.ear")) {
                server.jvmOptions("-XX:TieredStopAtLevel=1");
                server.deploy(twoLibraries());
                server.start();
                server.awaitReady(LONG);
                write(server, "north", "one");
                write(server, "south", "two");
                await().atMost(LONG)
                        .untilAsserted(() -> assertThat(read(server))
                                .contains("north read one", "north read two", "south read one", "south read two"));
                assertThat(read(server)).hasSize(4);

                server.deploy(oneLibrary());
                server.awaitReady(LONG);
                write(server, "north", "three");
                await().atMost(LONG)
                        .untilAsserted(() ->
                                assertThat(read(server)).contains("both read one", "both read two", "both read three"));
                assertThat(read(server)).hasSize(7);
            }
        }
    }

    private static Path twoLibraries() throws IOException {
        return ear("two-libraries", ear -> {
            for (String name : List.of("north", "south")) {
                war(ear.getPath(name + ".war"), List.of(Api.class, Letters.class, Reader.class, Writer.class), war -> {
                    configuration(war.getPath("WEB-INF", "classes"), name);
                    libraries(war.getPath("WEB-INF", "lib"));
                });
            }
        });
    }

    private static Path oneLibrary() throws IOException {
        return ear("one-library", ear -> {
            libraries(ear.getPath("lib"));
            archive(ear.getPath("lib", "configuration.jar"), jar -> configuration(jar.getPath("/"), "both"));
            war(ear.getPath("north.war"), List.of(Api.class, Writer.class), war -> {});
            war(ear.getPath("south.war"), List.of(Api.class, Letters.class, Reader.class), war -> {});
        });
    }

    /** What is put into an archive. */
    private interface Content {
        void into(FileSystem archive) throws IOException;
    }

    private static Path ear(String name, Content content) throws IOException {
        Path ear = Files.createDirectories(EARS).resolve(name + ".ear");
        Files.deleteIfExists(ear);
        archive(ear, content);
        return ear;
    }

    private static void war(Path target, List<Class<?>> classes, Content content) throws IOException {
        archive(target, war -> {
            Path code = Files.createDirectories(war.getPath("WEB-INF", "classes"));
            for (Class<?> type : classes) {
                ClassFiles.copy(type, code);
            }
            content.into(war);
        });
    }

    private static void configuration(Path directory, String application) throws IOException {
        Path file = directory.resolve("META-INF").resolve("microprofile-config.properties");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "postevent.datasource=jdbc/app\npostevent.application=" + application + "\n");
    }

    /** postevent and what comes with it, as the shop has them. */
    private static void libraries(Path directory) throws IOException {
        Files.createDirectories(directory);
        try (FileSystem shop = FileSystems.newFileSystem(SHOP);
                Stream<Path> libraries = Files.list(shop.getPath("WEB-INF", "lib"))) {
            for (Path library : libraries
                    .filter(path -> path.getFileName().toString().matches("(postevent-cdi|cloudevents).*"))
                    .toList()) {
                copy(
                        Files.newInputStream(library),
                        directory.resolve(library.getFileName().toString()));
            }
        }
    }

    private static void archive(Path target, Content content) throws IOException {
        Path made = Files.createTempFile(Files.createDirectories(EARS), "archive", ".zip");
        Files.delete(made);
        try (FileSystem archive = FileSystems.newFileSystem(made, Map.of("create", "true"))) {
            content.into(archive);
        }
        copy(Files.newInputStream(made), target);
        Files.delete(made);
    }

    private static void copy(InputStream content, Path target) throws IOException {
        try (content) {
            if (target.getParent() != null) {
                Files.createDirectories(target.getParent());
            }
            Files.copy(content, target);
        }
    }

    private void write(OpenLiberty server, String application, String text) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(server.uri("/" + application + "/write"))
                        .header("Content-Type", "text/plain")
                        .POST(BodyPublishers.ofString(text))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(204);
    }

    private List<String> read(OpenLiberty server) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(server.uri("/south/read")).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Stream.of(answer.body().replaceAll("[\\[\\]\"]", "").split(",")).toList();
    }
}
