package dev.postevent.sample.role;

import java.util.Locale;
import org.eclipse.microprofile.config.ConfigProvider;

/** What the application is: the same WAR is each of them, and the configuration says which. */
public enum Role {
    /** Takes orders and publishes them. */
    SHOP,
    /** Has the shop's orders from another application, and a database of its own. */
    WAREHOUSE;

    private static final String KEY = "sample.role";

    /** The role of this application: {@code sample.role}, {@code shop} if it is not set. */
    public static Role here() {
        String name = ConfigProvider.getConfig()
                .getOptionalValue(KEY, String.class)
                .map(String::strip)
                .orElse("shop");
        for (Role role : values()) {
            if (role.word().equals(name)) {
                return role;
            }
        }
        throw new IllegalArgumentException(KEY + " is '" + name + "', expected shop or warehouse");
    }

    /** Its name in the configuration and on the page. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
