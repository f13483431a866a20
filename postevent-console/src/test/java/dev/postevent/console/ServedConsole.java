package dev.postevent.console;

import dev.postevent.Subscriptions;
import jakarta.json.JsonObject;
import jakarta.servlet.Servlet;
import java.io.IOException;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.ee10.servlet.security.ConstraintSecurityHandler;
import org.eclipse.jetty.security.HashLoginService;
import org.eclipse.jetty.security.UserStore;
import org.eclipse.jetty.security.authentication.BasicAuthenticator;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.security.Password;

/** The console of an application on a servlet container, at {@code /app/postevent/}: rita reads, otto operates, nemo has no role. */
final class ServedConsole implements AutoCloseable {
    private final Server server = new Server();
    private final HttpClient client = HttpClient.newHttpClient();
    private final URI base;

    private ServedConsole(Servlet console, boolean secured) throws Exception {
        ServerConnector connector = new ServerConnector(server);
        connector.setHost("127.0.0.1");
        server.addConnector(connector);
        ServletContextHandler context = new ServletContextHandler("/app");
        context.addServlet(new ServletHolder(console), "/postevent/*");
        if (secured) {
            UserStore users = new UserStore();
            users.addUser("rita", new Password("r"), new String[] {"postevent-read"});
            users.addUser("otto", new Password("o"), new String[] {"postevent-operate"});
            users.addUser("nemo", new Password("n"), new String[] {"guest"});
            HashLoginService logins = new HashLoginService("test");
            logins.setUserStore(users);
            ConstraintSecurityHandler security = new ConstraintSecurityHandler();
            security.setAuthenticator(new BasicAuthenticator());
            security.setLoginService(logins);
            context.setSecurityHandler(security);
        }
        server.setHandler(context);
        server.start();
        base = URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/app/postevent/");
    }

    static ServedConsole of(Subscriptions subscriptions, ConsoleSettings settings) throws Exception {
        return new ServedConsole(new ConsoleServlet(settings, () -> subscriptions), true);
    }

    /** On a server whose security is not switched on. */
    static ServedConsole unsecured(Subscriptions subscriptions, ConsoleSettings settings) throws Exception {
        return new ServedConsole(new ConsoleServlet(settings, () -> subscriptions), false);
    }

    URI base() {
        return base;
    }

    /** A request with the login of a user whose password is the first letter of the name; empty: without. */
    HttpRequest.Builder request(String user, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(path));
        if (!user.isEmpty()) {
            String login = user + ":" + user.charAt(0);
            request.header(
                    "Authorization",
                    "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
        }
        return request;
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** A look that has to be answered, as the document says. */
    JsonObject get(String user, String path) throws Exception {
        return documented(path, "get", send(request(user, "api/v1" + path)));
    }

    private JsonObject documented(String path, String method, HttpResponse<String> answer) throws Exception {
        JsonObject body = json(answer, 200);
        String plain = path.split("[?]", 2)[0];
        Route route = new Api(null, null, null, new Json())
                .routes().stream()
                        .filter(one -> one.method().name().equalsIgnoreCase(method)
                                && one.match(plain).isPresent())
                        .findFirst()
                        .orElseThrow();
        List<String> faults = new OpenApi().faults(route.template(), method, 200, answer.body());
        if (!faults.isEmpty()) {
            throw new AssertionError(path + " is answered otherwise than openapi.json says: " + faults);
        }
        return body;
    }

    HttpRequest.Builder change(String user, String path, String body) {
        return request(user, "api/v1" + path)
                .header("Content-Type", "application/json")
                .header("Postevent-Console", "1")
                .header("Idempotency-Key", UUID.randomUUID().toString())
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    /** A change that has to be made, and answered as the document says. */
    JsonObject post(String user, String path, String body) throws Exception {
        return documented(path, "post", send(change(user, path, body)));
    }

    static JsonObject json(HttpResponse<String> answer, int status) {
        if (answer.statusCode() != status) {
            throw new AssertionError("expected " + status + ", got " + answer.statusCode() + " " + answer.body());
        }
        return jakarta.json.Json.createReader(new StringReader(answer.body())).readObject();
    }

    @Override
    public void close() throws Exception {
        server.stop();
    }
}
