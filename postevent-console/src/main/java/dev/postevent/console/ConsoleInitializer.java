package dev.postevent.console;

import dev.postevent.Subscriptions;
import jakarta.enterprise.inject.spi.CDI;
import jakarta.servlet.HttpConstraintElement;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRegistration;
import jakarta.servlet.ServletSecurityElement;
import jakarta.servlet.annotation.ServletSecurity;
import java.lang.System.Logger.Level;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.eclipse.microprofile.config.Config;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jspecify.annotations.Nullable;

/**
 * Adds the console to the application that has this JAR, if it is switched on. By a servlet, as an {@code Application} of Jakarta REST
 * would take the application's own REST away on some servers. Found by the server; there is nothing to call.
 */
public final class ConsoleInitializer implements ServletContainerInitializer {
    private static final System.Logger LOG = System.getLogger("dev.postevent.console");

    /** Made by the server. */
    public ConsoleInitializer() {}

    @Override
    public void onStartup(@Nullable Set<Class<?>> none, ServletContext context) throws ServletException {
        Config config = ConfigProvider.getConfig(Thread.currentThread().getContextClassLoader());
        Function<String, Optional<String>> values = name -> config.getOptionalValue(name, String.class);
        ConsoleSettings settings;
        try {
            if (!ConsoleSettings.isEnabled(values)) {
                return;
            }
            settings = ConsoleSettings.of(values);
        } catch (IllegalArgumentException e) {
            throw new ServletException("postevent's console cannot start: " + e.getMessage(), e);
        }
        ServletRegistration.Dynamic servlet = context.addServlet(
                "postevent-console",
                new ConsoleServlet(
                        settings,
                        () -> CDI.current().select(Subscriptions.class).get()));
        if (servlet == null) {
            throw new ServletException(
                    "postevent's console cannot start: the application has a servlet of the name postevent-console");
        }
        // WildFly asks for a login by itself only where a constraint demands one; who may do what the servlet checks in
        // any case
        servlet.setServletSecurity(new ServletSecurityElement(new HttpConstraintElement(
                ServletSecurity.TransportGuarantee.NONE, Role.READ.roleName(), Role.OPERATE.roleName())));
        Set<String> taken = servlet.addMapping("/postevent/*");
        if (!taken.isEmpty()) {
            throw new ServletException(
                    "postevent's console cannot start: the application has a servlet of its own under " + taken);
        }
        LOG.log(
                Level.INFO,
                "postevent''s console is at {0}/postevent/, for the roles {1} and {2}",
                context.getContextPath(),
                Role.READ.roleName(),
                Role.OPERATE.roleName());
    }
}
