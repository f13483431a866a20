package dev.postevent.console;

import dev.postevent.Subscriptions;
import jakarta.json.JsonObject;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serial;
import java.lang.System.Logger.Level;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers everything under {@code /postevent/}: the page, its files, and REST. Who may do what is checked before anything else. */
final class ConsoleServlet extends HttpServlet {
    private static final System.Logger LOG = System.getLogger("dev.postevent.console");

    @Serial
    private static final long serialVersionUID = 1L;

    private static final String API = "/api/v1";
    private static final int BODY_MAX = 64 << 10;
    private static final int KEY_MAX = 200;
    private static final String RETRY_AFTER_SECONDS = "2";
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final transient ConsoleSettings settings;
    private final transient Supplier<Subscriptions> operated;
    private final transient Access access = new Access();
    private transient @Nullable Parts parts;

    /** What a request is answered with. */
    private record Parts(PageFiles files, Json json, Api api) {}

    /**
     * For one application.
     *
     * @param operated asked when the first request comes, as the application may not have started before
     */
    ConsoleServlet(ConsoleSettings settings, Supplier<Subscriptions> operated) {
        this.settings = settings;
        this.operated = operated;
    }

    @Override
    public void init() throws ServletException {
        try {
            Json json = new Json();
            Subscriptions subscriptions = operated.get();
            Api api = new Api(settings, subscriptions, new StatusSampler(subscriptions, System::nanoTime), json);
            parts = new Parts(PageFiles.read(), json, api);
        } catch (IOException e) {
            throw new ServletException("the files of postevent's console cannot be read", e);
        }
    }

    private Parts parts() {
        Parts made = parts;
        if (made == null) {
            throw new IllegalStateException("the servlet is not initialized");
        }
        return made;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setHeader("Content-Security-Policy", POLICY);
        response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
        response.setHeader("Referrer-Policy", "no-referrer");
        response.setHeader("X-Content-Type-Options", "nosniff");
        response.setHeader("X-Frame-Options", "DENY");
        try {
            answer(request, response);
        } catch (Problem e) {
            if (e.isOurs()) {
                LOG.log(Level.ERROR, "postevent: the console cannot answer " + request.getRequestURI(), e);
            }
            refuse(request, response, e);
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "postevent: the console cannot answer " + request.getRequestURI(), e);
            refuse(
                    request,
                    response,
                    new Problem(
                            HttpServletResponse.SC_INTERNAL_SERVER_ERROR,
                            "the console cannot answer; the server's log says why"));
        }
    }

    private void answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        String path = Optional.ofNullable(request.getPathInfo()).orElse("");
        if (path.isEmpty()) {
            throw Problem.notFound("the console is at " + request.getServletPath() + "/, with a slash at the end");
        }
        Optional<Caller> caller = access.caller(request, response);
        if (caller.isEmpty()) {
            return;
        }
        if (path.startsWith(API + "/")) {
            api(request, response, path.substring(API.length()), caller.get());
            return;
        }
        if (!request.getMethod().equals("GET") && !request.getMethod().equals("HEAD")) {
            throw new Problem(HttpServletResponse.SC_METHOD_NOT_ALLOWED, "the page is only read");
        }
        PageFiles files = parts().files();
        if (path.equals("/")) {
            response.setHeader("Cache-Control", "no-cache");
            send(request, response, files.page());
            return;
        }
        PageFiles.Content file = files.file(path.substring(1))
                .orElseThrow(() -> Problem.notFound("the console has no " + path + "; load the page anew"));
        response.setHeader("Cache-Control", "private, max-age=31536000, immutable");
        send(request, response, file);
    }

    private static void send(HttpServletRequest request, HttpServletResponse response, PageFiles.Content file)
            throws IOException {
        send(request, response, file.type(), file.bytes(), file.tag());
    }

    private void api(HttpServletRequest request, HttpServletResponse response, String path, Caller caller)
            throws IOException {
        response.setHeader("Cache-Control", "private, no-cache");
        List<String> methods = new ArrayList<>();
        for (Route route : parts().api().routes()) {
            Optional<Map<String, String>> names = route.match(path);
            if (names.isPresent()) {
                if (isMethod(request, route)) {
                    api(request, response, route, names.get(), caller);
                    return;
                }
                methods.add(route.method().name());
            }
        }
        if (methods.isEmpty()) {
            throw Problem.notFound("there is no " + API + path);
        }
        response.setHeader("Allow", String.join(", ", methods));
        throw new Problem(
                HttpServletResponse.SC_METHOD_NOT_ALLOWED, API + path + " is for " + String.join(" and ", methods));
    }

    private static boolean isMethod(HttpServletRequest request, Route route) {
        String method = request.getMethod();
        return method.equals(route.method().name()) || (route.method() == Route.Method.GET && method.equals("HEAD"));
    }

    private void api(
            HttpServletRequest request,
            HttpServletResponse response,
            Route route,
            Map<String, String> names,
            Caller caller)
            throws IOException {
        Json json = parts().json();
        if (!caller.may(route.method().role())) {
            throw new Problem(
                    HttpServletResponse.SC_FORBIDDEN,
                    caller.name() + " may look, but change nothing: that needs the role " + Role.OPERATE.roleName());
        }
        Call call;
        if (route.method() == Route.Method.GET) {
            call = new Call(caller, names, query(request), json.fields().build(), "");
            call.mustOnlyHave(route.takes());
        } else {
            Access.mustBeOurPage(request);
            JsonObject body = json.object(body(request));
            Body.mustOnlyHave(body, route.takes());
            call = new Call(caller, names, Map.of(), body, key(request));
        }
        byte[] answer = json.bytes(Api.answer(route, call));
        send(request, response, "application/json", answer, Hash.of(List.of(answer)));
    }

    private static String key(HttpServletRequest request) {
        String key = request.getHeader("Idempotency-Key");
        if (key == null || key.isBlank() || key.length() > KEY_MAX) {
            throw Problem.badRequest("a change needs the header Idempotency-Key, with 1 to " + KEY_MAX
                    + " characters that are used for this change alone: whoever repeats it with the same key makes it"
                    + " once");
        }
        return key;
    }

    /** Of the query alone: a body would be read for parameters, too. */
    private static Map<String, List<String>> query(HttpServletRequest request) {
        Map<String, List<String>> all = new LinkedHashMap<>();
        String query = request.getQueryString();
        if (query != null) {
            for (String pair : query.split("&", -1)) {
                if (!pair.isEmpty()) {
                    String[] parts = pair.split("=", 2);
                    all.computeIfAbsent(decoded(parts[0]), name -> new ArrayList<>())
                            .add(parts.length == 1 ? "" : decoded(parts[1]));
                }
            }
        }
        return all;
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest("the query has a part that is not encoded as one: " + e.getMessage());
        }
    }

    private static byte[] body(HttpServletRequest request) throws IOException {
        byte[] body = request.getInputStream().readNBytes(BODY_MAX + 1);
        if (body.length > BODY_MAX) {
            throw new Problem(Problem.TOO_LARGE, "the body has more than " + BODY_MAX + " bytes");
        }
        return body;
    }

    /** With a tag of what is in it, so that whoever asks again has to be told only what is new. */
    private static void send(
            HttpServletRequest request, HttpServletResponse response, String type, byte[] bytes, String hash)
            throws IOException {
        String tag = "\"" + hash + "\"";
        response.setHeader("ETag", tag);
        if (tag.equals(request.getHeader("If-None-Match"))
                && !request.getMethod().equals("POST")) {
            response.setStatus(HttpServletResponse.SC_NOT_MODIFIED);
            return;
        }
        response.setContentType(type);
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }

    /** A program is told JSON, and a person who opens the page a sentence. */
    private void refuse(HttpServletRequest request, HttpServletResponse response, Problem problem) throws IOException {
        if (problem.status() == HttpServletResponse.SC_SERVICE_UNAVAILABLE) {
            response.setHeader("Retry-After", RETRY_AFTER_SECONDS);
        }
        response.setStatus(problem.status());
        response.setHeader("Cache-Control", "no-store");
        String path = request.getPathInfo();
        byte[] bytes;
        if (path != null && path.startsWith(API)) {
            Json json = parts().json();
            bytes = json.bytes(json.fields()
                    .add("type", "about:blank")
                    .add("title", problem.title())
                    .add("status", problem.status())
                    .add("detail", problem.detail())
                    .text("code", problem.code())
                    .build());
            response.setContentType("application/problem+json");
        } else {
            bytes = (problem.title() + ": " + problem.detail() + "\n").getBytes(StandardCharsets.UTF_8);
            response.setContentType("text/plain; charset=utf-8");
        }
        response.setContentLength(bytes.length);
        response.getOutputStream().write(bytes);
    }
}
