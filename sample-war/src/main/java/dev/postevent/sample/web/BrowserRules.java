package dev.postevent.sample.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;

/** Tells browsers, with every answer, what our pages do not do, so that nobody can make them do it. */
public class BrowserRules extends HttpFilter {
    private static final long serialVersionUID = 1L;

    /** Scripts, styles, pictures and calls of this origin only, nothing inline, in nobody's frame. */
    static final String CONTENT_SECURITY_POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                    + " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private static final Map<String, String> RULES = Map.of(
            "Content-Security-Policy", CONTENT_SECURITY_POLICY,
            // an answer is what its content type says: an event's text never becomes a page
            "X-Content-Type-Options", "nosniff",
            // frame-ancestors, for browsers that do not know it
            "X-Frame-Options", "DENY",
            // no address of ours to other sites; not no-referrer, with which browsers withhold Origin from forms
            "Referrer-Policy", "same-origin",
            "Cross-Origin-Opener-Policy", "same-origin",
            "Cross-Origin-Resource-Policy", "same-origin",
            // customers and positions are in no cache. Nor are pages and scripts: a release gives all of its files one
            // date, whatever is in them, and a page with scripts of two builds does nothing
            "Cache-Control", "no-store");

    @Override
    protected void doFilter(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        RULES.forEach(response::setHeader);
        chain.doFilter(request, response);
    }
}
