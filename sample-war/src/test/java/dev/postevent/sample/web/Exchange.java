package dev.postevent.sample.web;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One request and its answer, as far as filters and servlets look at them; without a server. */
public final class Exchange {
    private final String method;
    private final String servletPath;
    private final Map<String, List<String>> headers;
    private final long contentLength;
    private final @Nullable ServletInputStream body;
    private final Map<String, String> answered = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final StringWriter text = new StringWriter();
    private @Nullable String authority;
    private int status = 200;
    private boolean asynchronous;
    private boolean completed;

    Exchange(
            String method,
            String servletPath,
            Map<String, List<String>> headers,
            long contentLength,
            @Nullable ServletInputStream body) {
        this.method = method;
        this.servletPath = servletPath;
        this.headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        this.headers.putAll(headers);
        this.contentLength = contentLength;
        this.body = body;
    }

    public static Exchange of(String method, Map<String, List<String>> headers) {
        return new Exchange(method, "/api", headers, 0, null);
    }

    /** It came over HTTP/2, for that host. */
    void overHttp2(String host) {
        authority = host;
    }

    public int status() {
        return status;
    }

    /** What lasts longer than the call that began it has been ended; what does not last is over by itself. */
    public boolean isOver() {
        return completed || !asynchronous;
    }

    String text() {
        return text.toString();
    }

    /** Headers of the answer. */
    Map<String, String> answered() {
        return answered;
    }

    public HttpServletRequest request() {
        return proxy(HttpServletRequest.class, (name, values) -> switch (name) {
            case "getMethod" -> method;
            case "getProtocol" -> authority == null ? "HTTP/1.1" : "HTTP/2.0";
            case "getServerName" -> authority == null ? "localhost" : authority;
            case "getServletPath" -> servletPath;
            case "getContentLengthLong" -> contentLength;
            case "getCharacterEncoding" -> null;
            case "getInputStream" -> body;
            case "startAsync" -> {
                asynchronous = true;
                yield async();
            }
            case "getHeaders" -> Collections.enumeration(headers.getOrDefault(String.valueOf(values[0]), List.of()));
            case "getHeader" ->
                headers.getOrDefault(String.valueOf(values[0]), List.of()).stream()
                        .findFirst()
                        .orElse(null);
            default -> throw new UnsupportedOperationException(name);
        });
    }

    public HttpServletResponse response() {
        return proxy(HttpServletResponse.class, (name, values) -> switch (name) {
            case "setStatus" -> {
                status = (Integer) values[0];
                yield null;
            }
            case "setHeader" -> answered.put(String.valueOf(values[0]), String.valueOf(values[1]));
            case "setContentType", "setCharacterEncoding" ->
                answered.put(name.substring(3).toLowerCase(Locale.ROOT), String.valueOf(values[0]));
            case "getWriter" -> new PrintWriter(text);
            case "getOutputStream" -> null; // nobody writes
            default -> throw new UnsupportedOperationException(name);
        });
    }

    private AsyncContext async() {
        return proxy(AsyncContext.class, (name, values) -> switch (name) {
            case "setTimeout" -> null;
            case "complete" -> {
                completed = true;
                yield null;
            }
            default -> throw new UnsupportedOperationException(name);
        });
    }

    private interface Call {
        @Nullable
        Object answer(String name, Object[] values);
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(
                Exchange.class.getClassLoader(),
                new Class<?>[] {type},
                (self, method, values) -> call.answer(method.getName(), values)));
    }
}
