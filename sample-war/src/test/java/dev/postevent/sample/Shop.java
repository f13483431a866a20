package dev.postevent.sample;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import dev.postevent.server.Database;
import dev.postevent.server.OpenLiberty;
import dev.postevent.server.PostgresCluster;
import dev.postevent.testing.ClassFiles;
import dev.postevent.testing.build.FreePort;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The shop on a real Open Liberty and a real PostgreSQL, as the WAR is shipped.
 *
 * <p>PostgreSQL is one for all tests of this JVM, each shop has a database of its own.
 */
final class Shop implements AutoCloseable {
    private static final Duration READY_LIMIT = Duration.ofMinutes(5);
    /** What a shop publishes; a warehouse publishes nothing. */
    private static final List<String> TOPICS = List.of("orders");

    /** Who may look at the console, and who may change something, with the passwords. */
    static final String VIEWER = "viewer";

    static final String OPERATOR = "operator";

    /** A server of tests ends before code that is compiled well pays. */
    private static final String SHORT_LIFE = "-XX:TieredStopAtLevel=1";

    private static final Path WAR = Path.of(System.getProperty("shop.war"));
    private static PostgresCluster postgres;

    private final Database database;
    private final OpenLiberty server;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    private Shop(Database database, OpenLiberty server) {
        this.database = database;
        this.server = server;
    }

    /** An answer; {@code text} is the body as it came. */
    record Answer(int status, HttpHeaders headers, String text) {
        JsonObject object() {
            return value().asJsonObject();
        }

        JsonArray array() {
            return value().asJsonArray();
        }

        private JsonValue value() {
            try (JsonReader reader = Json.createReader(new StringReader(text))) {
                return reader.readValue();
            }
        }
    }

    /** One row an observer wrote. */
    record Effect(long effect, String topic, long position, String eventId, String subject, int attempt) {}

    /** A shop of the test's own, running and ready, with an empty database. */
    static Shop open(String name, String... jvmOptions) {
        return open(prepare(name), jvmOptions);
    }

    /**
     * The same with the console, and on a server that has Jakarta Enterprise Beans, which the shop itself does not need. Passwords of the
     * console are {@link #VIEWER} and {@link #OPERATOR} themselves.
     */
    static Shop openWithConsoleAndEnterpriseBeans(String name) {
        Shop shop = prepare(name);
        shop.server.configure("enterprise-beans.xml", Map.of());
        shop.server.configure(
                "console.xml", Map.of("CONSOLE_VIEWER_PASSWORD", VIEWER, "CONSOLE_OPERATOR_PASSWORD", OPERATOR));
        return open(shop);
    }

    private static Shop open(Shop shop, String... jvmOptions) {
        shop.server.jvmOptions(SHORT_LIFE, String.join(" ", jvmOptions));
        shop.server.deploy(WAR);
        try {
            shop.start();
        } catch (RuntimeException e) {
            shop.server.close();
            throw e;
        }
        return shop;
    }

    /** Shop or warehouse, as {@code part} configures it, with least privilege in a database of the cluster; deployed, not started. */
    static Shop side(String name, PostgresCluster cluster, String part, Map<String, String> variables) {
        Shop side = prepare(name, cluster, part.equals("warehouse.xml") ? List.of() : TOPICS, true);
        side.server.jvmOptions(SHORT_LIFE);
        side.server.configure(part, variables);
        side.server.deploy(WAR);
        return side;
    }

    private static synchronized Shop prepare(String name) {
        if (postgres == null) {
            postgres = PostgresCluster.temporary();
        }
        return prepare(name, postgres, TOPICS, false);
    }

    private static Shop prepare(String name, PostgresCluster cluster, List<String> topics, boolean roles) {
        Database owner = cluster.database(name);
        OpenLiberty server = OpenLiberty.instance(
                Path.of(System.getProperty("liberty.home")),
                Path.of(System.getProperty("liberty.servers")),
                name,
                FreePort.find(),
                owner);
        if (!ShopLogins.isAskedFor(roles)) {
            return new Shop(owner, server);
        }
        Database administrator = cluster.asSuperuser(owner);
        server.environment(ShopLogins.prepare(administrator, owner, topics));
        return new Shop(administrator, server);
    }

    void start() {
        server.start();
        server.awaitReady(READY_LIMIT);
    }

    void deploy() {
        deploy(WAR);
    }

    /** The shop as somebody else would have written it: with this class more. */
    void deployWith(Class<?> more) {
        deploy(changed(
                "shop-with-" + more.getSimpleName() + ".war",
                inside -> ClassFiles.copy(more, inside.getPath("WEB-INF", "classes"))));
    }

    /** The shop with postevent built anew: its library has this file more, for browsers to see, and the name it had. */
    void deployWithFileInLibrary(String name, String text) {
        Path library = WAR.resolveSibling("library.jar");
        deploy(changed("shop-with-library.war", inside -> {
            Path entry = libraryIn(inside);
            Files.copy(entry, library, StandardCopyOption.REPLACE_EXISTING);
            try (FileSystem code = FileSystems.newFileSystem(library)) {
                Path resources = Files.createDirectories(code.getPath("META-INF", "resources"));
                Files.writeString(resources.resolve(name), text);
            }
            Files.copy(library, entry, StandardCopyOption.REPLACE_EXISTING);
        }));
    }

    /** Changes what is in an archive. */
    private interface Change {
        void in(FileSystem archive) throws IOException;
    }

    /** A copy of the WAR, with this name and this change. */
    private static Path changed(String name, Change change) {
        Path war = WAR.resolveSibling(name);
        try {
            Files.copy(WAR, war, StandardCopyOption.REPLACE_EXISTING);
            try (FileSystem inside = FileSystems.newFileSystem(war)) {
                change.in(inside);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("making " + war, e);
        }
        return war;
    }

    /** postevent's library as its own module built it. */
    static Path library() throws IOException {
        Path built = Path.of("..", "postevent-cdi", "target");
        try (DirectoryStream<Path> libraries = Files.newDirectoryStream(built, "postevent-cdi-*.jar")) {
            for (Path library : libraries) {
                // the test kit and others have a classifier
                if (library.getFileName().toString().matches("postevent-cdi-[0-9.]+(-SNAPSHOT)?\\.jar")) {
                    return library;
                }
            }
        }
        throw new IllegalStateException("no library in " + built.toAbsolutePath());
    }

    /** The time that the WAR as built says of postevent's library. */
    static FileTime libraryTimeInWar() throws IOException {
        try (FileSystem inside = FileSystems.newFileSystem(WAR)) {
            return Files.getLastModifiedTime(libraryIn(inside));
        }
    }

    private static Path libraryIn(FileSystem war) throws IOException {
        return war.getPath("WEB-INF", "lib", library().getFileName().toString());
    }

    private void deploy(Path war) {
        server.deploy(war);
        server.awaitReady(READY_LIMIT);
    }

    /** Restarts PostgreSQL, of all shops of this JVM: in order, which cuts connections, or as after a crash. */
    static synchronized void restartDatabase(boolean inOrder) {
        postgres.restart(inOrder);
    }

    Database database() {
        return database;
    }

    OpenLiberty server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
        // the name of a slot belongs to the cluster, and the next shop, of another database, has the same
        String ours = " from pg_replication_slots where database = current_database()";
        await("the slot is free").until(() -> database.number("select count(*)" + ours + " and active") == 0);
        database.execute("select pg_drop_replication_slot(slot_name)" + ours);
    }

    Answer get(String path) {
        return send(request(path).GET());
    }

    Answer post(String path, String json) {
        return send(request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(json)));
    }

    Answer put(String path, String json) {
        return send(request(path).header("Content-Type", "application/json").PUT(BodyPublishers.ofString(json)));
    }

    Answer delete(String path) {
        return send(request(path).DELETE());
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(server.uri(path)).timeout(Duration.ofSeconds(60));
    }

    /** A request with a login of the console; empty: without one. */
    HttpRequest.Builder console(String login, String path) {
        HttpRequest.Builder request = request("/shop/postevent/" + path);
        return login.isEmpty()
                ? request
                : request.header(
                        "Authorization",
                        "Basic " + Base64.getEncoder().encodeToString((login + ":" + login).getBytes(UTF_8)));
    }

    Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(response.statusCode(), response.headers(), response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Server-sent events, kept by name as they come, until it is closed. */
    static final class Stream implements AutoCloseable {
        private final HttpResponse<InputStream> response;
        private final Map<String, List<JsonObject>> events = new ConcurrentHashMap<>();
        private volatile String first;
        private final Thread reader = new Thread(this::read, "stream");

        private Stream(HttpResponse<InputStream> response) {
            this.response = response;
            reader.start();
        }

        private void read() {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
                String name = "message";
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (first == null) {
                        first = line;
                    }
                    if (line.startsWith("event:")) {
                        name = line.substring("event:".length()).strip();
                    } else if (line.startsWith("data:")) {
                        String data = line.substring("data:".length()).strip();
                        try (JsonReader json = Json.createReader(new StringReader(data))) {
                            events.computeIfAbsent(name, key -> new CopyOnWriteArrayList<>())
                                    .add(json.readObject());
                        }
                    }
                }
            } catch (IOException e) {
                // closed, by us or by the server: what came until then is what there is
                events.computeIfAbsent("end", key -> new CopyOnWriteArrayList<>());
            }
        }

        List<JsonObject> of(String name) {
            return events.getOrDefault(name, List.of());
        }

        /** The line it began with; null before that. */
        String first() {
            return first;
        }

        /** Waits until the server has ended it. */
        void awaitEnd(Duration limit) throws InterruptedException {
            reader.join(limit.toMillis());
            if (reader.isAlive()) {
                throw new IllegalStateException("the stream goes on after " + limit);
            }
        }

        HttpResponse<InputStream> response() {
            return response;
        }

        @Override
        public void close() throws IOException, InterruptedException {
            response.body().close();
            reader.join(Duration.ofSeconds(30).toMillis());
        }
    }

    /** Opens the stream of the page. */
    Stream stream() throws IOException, InterruptedException {
        return new Stream(http.send(
                request("/shop/api/stream")
                        .header("Accept", "text/event-stream")
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream()));
    }

    /** Places an order and returns its number; fails unless the answer is 201. */
    long place(String customer, String item) {
        Answer answer = post(
                "/shop/api/orders",
                Json.createObjectBuilder()
                        .add("customer", customer)
                        .add("item", item)
                        .add("quantity", 1)
                        .build()
                        .toString());
        if (answer.status() != 201) {
            throw new IllegalStateException("placing an order: " + answer);
        }
        return answer.object().getJsonNumber("id").longValue();
    }

    /** Everything an observer wrote, in commit order. */
    List<Effect> effects(String subscription) {
        return effects(subscription, "limit=100000");
    }

    /** What the query asks for of it. */
    List<Effect> effects(String subscription, String query) {
        return get("/shop/api/effects/" + subscription + "?" + query).array().getValuesAs(JsonObject.class).stream()
                .map(row -> new Effect(
                        row.getJsonNumber("effect").longValue(),
                        row.getString("topic"),
                        row.getJsonNumber("position").longValue(),
                        row.getString("eventId"),
                        row.isNull("subject") ? null : row.getString("subject"),
                        row.getInt("attempt")))
                .toList();
    }

    /** A subscription's entry in the status. */
    JsonObject subscription(String name) {
        return get("/shop/api/status").object().getJsonArray("subscriptions").getValuesAs(JsonObject.class).stream()
                .filter(subscription -> subscription.getString("name").equals(name))
                .findFirst()
                .orElseThrow();
    }
}
