package dev.postevent.console;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.Principal;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what. It is looked at with each request, here, as some servers heed neither the constraints of a library nor annotations, and
 * heed nothing at all where their security is switched off.
 */
final class Access {
    /** A page of another site cannot send it without being allowed to. */
    static final String OWN_HEADER = "Postevent-Console";

    private static final System.Logger LOG = System.getLogger("dev.postevent.console");

    private final AtomicBoolean told = new AtomicBoolean();

    /**
     * Who asks; empty: the server has answered with its challenge, or its login page.
     *
     * @throws Problem if nobody can log in, or whoever did has no role here
     */
    Optional<Caller> caller(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Principal principal = request.getUserPrincipal();
        if (principal == null) {
            if (!isAuthenticated(request, response)) {
                return Optional.empty();
            }
            principal = request.getUserPrincipal();
        }
        if (principal == null) {
            throw nobodyCan("no security is switched on");
        }
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (Role role : Role.values()) {
            if (request.isUserInRole(role.roleName())) {
                roles.add(role);
            }
        }
        if (roles.isEmpty()) {
            throw new Problem(
                    HttpServletResponse.SC_FORBIDDEN,
                    principal.getName() + " has none of the roles " + Role.READ.roleName() + " and "
                            + Role.OPERATE.roleName());
        }
        return Optional.of(new Caller(principal.getName(), roles));
    }

    private boolean isAuthenticated(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            return request.authenticate(response);
        } catch (ServletException e) {
            throw nobodyCan("the server has no way to log in: " + e.getMessage());
        }
    }

    private Problem nobodyCan(String why) {
        String detail = "nobody can use the console: " + why
                + ". Set up the server's security, with a login-config in the application's web.xml; see docs/console.md";
        if (told.compareAndSet(false, true)) {
            LOG.log(Level.WARNING, "postevent: {0}", detail);
        }
        return new Problem(HttpServletResponse.SC_FORBIDDEN, detail);
    }

    /** @throws Problem if a change could come from a page of another site */
    static void mustBeOurPage(HttpServletRequest request) {
        if (request.getHeader(OWN_HEADER) == null) {
            throw new Problem(
                    HttpServletResponse.SC_FORBIDDEN,
                    "a change needs the header " + OWN_HEADER + ": 1, which no page of another site can send");
        }
        String origin = request.getHeader("Origin");
        if (origin != null && !isOfHost(origin, request.getHeader("Host"))) {
            throw new Problem(
                    HttpServletResponse.SC_FORBIDDEN,
                    "the request comes from a page of " + origin + ", and not from one of "
                            + request.getHeader("Host")
                            + "; a proxy in between has to leave the header Host as it is");
        }
        String type = request.getContentType();
        if (type == null
                || !type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals("application/json")) {
            throw new Problem(Problem.WRONG_TYPE, "a change is told as application/json, not as " + type);
        }
    }

    private static boolean isOfHost(String origin, @Nullable String host) {
        try {
            URI uri = new URI(origin);
            return host != null && host.equalsIgnoreCase(uri.getRawAuthority());
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
