package dev.postevent.sample.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A page of another site cannot press our buttons: what would change something is refused (403) if a browser sends it for a page of
 * another origin.
 *
 * <p>Browsers say so themselves, and no page can make them say otherwise: with {@code Sec-Fetch-Site}, and where that is missing (over
 * plain HTTP, or an old browser) with {@code Origin}. A request with neither is from no browser, and nobody's cookies or network are
 * abused by it. So there is no token that a page, a script or another application would have to carry along.
 *
 * <p>It holds as long as GET changes nothing, which is so here, and as long as the names we answer by are ours ({@link KnownHost}): to
 * a page whose own name leads here, we are its own site. It does not say who asks: this shop has no login, and what you build
 * from it needs one.
 */
public class SameSite extends HttpFilter {
    private static final long serialVersionUID = 1L;
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS", "TRACE");

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (READING.contains(request.getMethod()) || isOurs(request)) {
            chain.doFilter(request, response);
        } else {
            JsonAnswer.refuseUnread(
                    response,
                    HttpServletResponse.SC_FORBIDDEN,
                    "a page of another site asked for this, and only this site's own may");
        }
    }

    private static boolean isOurs(HttpServletRequest request) {
        List<String> sites = Collections.list(request.getHeaders("Sec-Fetch-Site"));
        if (!sites.isEmpty()) {
            // none: a person's own doing, e.g. an address typed
            return sites.equals(List.of("same-origin")) || sites.equals(List.of("none"));
        }
        List<String> origins = Collections.list(request.getHeaders("Origin"));
        return origins.isEmpty() || (origins.size() == 1 && isHost(origins.get(0), request.getHeader("Host")));
    }

    /** The scheme is not compared: behind a proxy that ends TLS we see another one than the browser. */
    private static boolean isHost(String origin, @Nullable String host) {
        int scheme = origin.indexOf("://"); // none in "null", which is a page without an origin
        return scheme > 0 && origin.substring(scheme + 3).equalsIgnoreCase(host);
    }
}
