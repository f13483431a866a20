package dev.postevent.internal.feed.debezium;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.sql.Driver;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.postgresql.PGProperty;

/** Driver parameters in URLs that were made for another copy of the driver than ours. */
final class DriverParameters {
    /** Not as one string: that would be relocated with the driver's classes, and name ours. */
    private static final Pattern DRIVER_CLASS = Pattern.compile("org[.]postgresql[.](?=\\w)");

    private DriverParameters() {}

    /** What a driver does where it is not asked for anything, by parameter; those that are unset then are left out. */
    static Map<String, String> defaults(Driver driver) {
        try {
            return Arrays.stream(driver.getPropertyInfo("jdbc:postgresql:", new Properties()))
                    .filter(property -> property.value != null)
                    .collect(Collectors.toUnmodifiableMap(property -> property.name, property -> property.value));
        } catch (SQLException e) {
            throw new IllegalStateException("the JDBC driver does not tell its parameters", e);
        }
    }

    /**
     * A URL as a data source tells it, without the parameters that say what the driver does anyway: a data source that was set by URL
     * lists the defaults of all, whether somebody has asked for them or not, and nobody has asked for them here.
     */
    static String withoutDefaults(String url) {
        int parameters = url.indexOf('?');
        if (parameters < 0) {
            return url;
        }
        String asked = Arrays.stream(url.substring(parameters + 1).split("&", -1))
                .filter(parameter -> !isDefault(parameter))
                .collect(Collectors.joining("&"));
        return url.substring(0, parameters) + (asked.isEmpty() ? "" : "?" + asked);
    }

    private static boolean isDefault(String parameter) {
        int equals = parameter.indexOf('=');
        return equals > 0
                && value(parameter.substring(equals + 1))
                        .equals(DirectConnections.DEFAULTS.get(parameter.substring(0, equals)));
    }

    /** What a parameter's value in a URL stands for; a class of the driver is that of our copy of it, wherever that has been moved to. */
    static String value(String encoded) {
        String value = URLDecoder.decode(encoded, StandardCharsets.UTF_8);
        return DRIVER_CLASS.matcher(value).lookingAt()
                ? DRIVER_CLASS.matcher(value).replaceFirst(PGProperty.class.getPackageName() + ".")
                : value;
    }
}
