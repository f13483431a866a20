package dev.postevent.sample.web;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Proxy;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** One request and its answer, as far as filters look at them; without a server. */
final class Exchange {
    private final String method;
    private final String servletPath;
    private final Map<String, List<String>> headers;
    private final long contentLength;
    private final InputStream body;
    private final Map<String, String> answered = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final StringWriter text = new StringWriter();
    private int status = 200;

    Exchange(
            String method,
            String servletPath,
            Map<String, List<String>> headers,
            long contentLength,
            InputStream body) {
        this.method = method;
        this.servletPath = servletPath;
        this.headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        this.headers.putAll(headers);
        this.contentLength = contentLength;
        this.body = body;
    }

    static Exchange of(String method, Map<String, List<String>> headers) {
        return new Exchange(method, "/api", headers, 0, InputStream.nullInputStream());
    }

    int status() {
        return status;
    }

    String text() {
        return text.toString();
    }

    /** Headers of the answer. */
    Map<String, String> answered() {
        return answered;
    }

    HttpServletRequest request() {
        return proxy(HttpServletRequest.class, (name, values) -> switch (name) {
            case "getMethod" -> method;
            case "getServletPath" -> servletPath;
            case "getContentLengthLong" -> contentLength;
            case "getCharacterEncoding" -> null;
            case "getInputStream" -> new Body();
            case "getHeaders" -> Collections.enumeration(headers.getOrDefault(String.valueOf(values[0]), List.of()));
            case "getHeader" ->
                headers.getOrDefault(String.valueOf(values[0]), List.of()).stream()
                        .findFirst()
                        .orElse(null);
            default -> throw new UnsupportedOperationException(name);
        });
    }

    HttpServletResponse response() {
        return proxy(HttpServletResponse.class, (name, values) -> switch (name) {
            case "setStatus" -> {
                status = (Integer) values[0];
                yield null;
            }
            case "setHeader" -> answered.put(String.valueOf(values[0]), String.valueOf(values[1]));
            case "setContentType", "setCharacterEncoding" ->
                answered.put(name.substring(3).toLowerCase(Locale.ROOT), String.valueOf(values[0]));
            case "getWriter" -> new PrintWriter(text);
            case "isCommitted" -> false;
            default -> throw new UnsupportedOperationException(name);
        });
    }

    private interface Call {
        Object answer(String name, Object[] values);
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(
                Exchange.class.getClassLoader(),
                new Class<?>[] {type},
                (self, method, values) -> call.answer(method.getName(), values)));
    }

    private final class Body extends ServletInputStream {
        @Override
        public int read() throws IOException {
            return body.read();
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            return body.read(into, offset, length);
        }

        @Override
        public boolean isFinished() {
            return false;
        }

        @Override
        public boolean isReady() {
            return true;
        }

        @Override
        public void setReadListener(ReadListener listener) {
            throw new UnsupportedOperationException("setReadListener");
        }
    }
}
