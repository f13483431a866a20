package dev.postevent.sample.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * We answer by names that are ours and by no other (421): the loopback ones, and those in {@code sample.hosts} (host names without a
 * port, with commas between them).
 *
 * <p>Whoever owns a name may make it mean our address, even a loopback one (DNS rebinding). A browser then takes us for the site of that
 * name: its pages may read every answer, and {@link SameSite} finds that {@code Origin} and {@code Host} agree. So this holds for reading,
 * too. {@code Host} is what counts, and not {@code getServerName()}, which on some servers other headers decide. HTTP/2 need not have it;
 * browsers speak that over TLS only, where a page of another name finds no certificate of its own.
 */
public class KnownHost extends HttpFilter {
    private static final long serialVersionUID = 1L;

    static final String KEY = "sample.hosts";

    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}]");
    private static final Pattern HOST = Pattern.compile("(" + NAME + ")(:[0-9]{1,5})?");
    private static final int MISDIRECTED_REQUEST = 421;

    private final transient Set<String> names = new TreeSet<>(LOOPBACK);

    @Override
    public void init() throws ServletException {
        add(ConfigProvider.getConfig().getOptionalValues(KEY, String.class).orElse(List.of()));
    }

    /** Names beside the loopback ones. */
    void add(List<String> more) throws ServletException {
        for (String one : more) {
            String name = one.strip();
            if (!NAME.matcher(name).matches()) {
                throw new ServletException(
                        KEY + " has '" + name + "'; expected host names without port, with commas between them");
            }
            names.add(name.toLowerCase(Locale.ROOT));
        }
    }

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        String name = name(request);
        if (name != null && names.contains(name)) {
            chain.doFilter(request, response);
        } else {
            JsonAnswer.refuseUnread(
                    response,
                    MISDIRECTED_REQUEST,
                    "the request is for " + (name == null ? "no host that can be named" : "'" + name + "'")
                            + ", and this application answers by localhost and by the names in " + KEY
                            + " only: a page of another name must not reach it");
        }
    }

    private static @Nullable String name(HttpServletRequest request) {
        List<String> hosts = Collections.list(request.getHeaders("Host"));
        if (hosts.isEmpty() && request.getProtocol().startsWith("HTTP/2")) {
            return name(request.getServerName());
        }
        return hosts.size() == 1 ? name(hosts.get(0)) : null;
    }

    private static @Nullable String name(String host) {
        Matcher parts = HOST.matcher(host);
        return parts.matches() ? parts.group(1).toLowerCase(Locale.ROOT) : null;
    }
}
