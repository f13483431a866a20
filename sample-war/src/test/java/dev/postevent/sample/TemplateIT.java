package dev.postevent.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.postevent.server.Database;
import dev.postevent.server.OpenLiberty;
import dev.postevent.server.PostgresCluster;
import dev.postevent.testing.build.FreePort;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** The application that people copy ({@code template}), built as they build it, with the configuration that is in it. */
class TemplateIT {
    private static final Duration READY_LIMIT = Duration.ofMinutes(5);

    private final Path template = Path.of(System.getProperty("template"));
    private final HttpClient http = HttpClient.newHttpClient();

    @Test
    void anOrderIsBilledOnOpenLiberty() throws Exception {
        try (PostgresCluster postgres = PostgresCluster.temporary()) {
            Database database = postgres.database("app");
            database.execute(Files.readString(template.resolve("src/main/database/app.sql")));
            try (OpenLiberty server = OpenLiberty.instance(
                    Path.of(System.getProperty("liberty.home")),
                    Path.of(System.getProperty("liberty.servers")),
                    "template",
                    FreePort.find(),
                    database,
                    template.resolve("src/main/liberty/server.xml"),
                    "orders.war")) {
                server.jvmOptions("-XX:TieredStopAtLevel=1");
                server.deploy(template.resolve("target/orders.war"));
                server.start();
                server.awaitReady(READY_LIMIT);
                assertThat(text(HttpRequest.newBuilder(server.uri("/orders/api/orders"))
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(HttpRequest.BodyPublishers.ofString("customer=anna&item=book"))))
                        .isEqualTo("1");
                await().atMost(Duration.ofMinutes(4))
                        .until(() -> text(HttpRequest.newBuilder(server.uri("/orders/api/invoices/anna")))
                                .equals("[1]"));
            }
        }
    }

    private String text(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }
}
