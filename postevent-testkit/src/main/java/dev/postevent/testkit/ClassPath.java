package dev.postevent.testkit;

import jakarta.json.JsonException;
import jakarta.json.spi.JsonProvider;
import java.util.ArrayList;
import java.util.List;

/** What an application has from its server, and a test has not unless somebody says so. */
final class ClassPath {
    private ClassPath() {}

    private enum Needed {
        TRANSACTIONS("jakarta.transaction.UserTransaction", "jakarta.transaction:jakarta.transaction-api", false),
        JSON("jakarta.json.spi.JsonProvider", "jakarta.json:jakarta.json-api", false),
        CDI("jakarta.enterprise.inject.spi.BeanManager", "jakarta.enterprise:jakarta.enterprise.cdi-api", true),
        INJECT("jakarta.inject.Qualifier", "jakarta.inject:jakarta.inject-api", true),
        INTERCEPTORS("jakarta.interceptor.InterceptorBinding", "jakarta.interceptor:jakarta.interceptor-api", true),
        EL("jakarta.el.ELResolver", "jakarta.el:jakarta.el-api", true),
        JSON_BINDING("jakarta.json.bind.Jsonb", "jakarta.json.bind:jakarta.json.bind-api", true);

        final String type;
        final String artifact;
        final boolean forBeans;

        Needed(String type, String artifact, boolean forBeans) {
            this.type = type;
            this.artifact = artifact;
            this.forBeans = forBeans;
        }
    }

    /**
     * Looks for all there has to be.
     *
     * @throws IllegalStateException if something is missing; it says what to add
     */
    static void check(boolean beans) {
        List<String> missing = new ArrayList<>();
        for (Needed one : Needed.values()) {
            if ((beans || !one.forBeans) && !isThere(one.type)) {
                missing.add(one.type + ": add " + one.artifact);
            }
        }
        if (!missing.isEmpty()) {
            throw new IllegalStateException(
                    "the class path of this test lacks what a server has, and the simulation needs; in the scope test"
                            + " (jakarta.platform:jakarta.jakartaee-api has all of them):\n  - "
                            + String.join("\n  - ", missing));
        }
        JsonOfItsOwn.check();
    }

    /**
     * Looks for what makes payloads.
     *
     * @throws IllegalStateException if it is missing
     */
    static void checkJsonBinding() {
        if (!isThere(Needed.JSON_BINDING.type)) {
            throw new IllegalStateException(
                    "events(...) makes payloads, and JSON-B is not on the class path of this test: add "
                            + Needed.JSON_BINDING.artifact + " and an implementation, in the scope test");
        }
    }

    private static boolean isThere(String type) {
        try {
            Class<?> unused = Class.forName(type, false, ClassPath.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /** A class of its own, as it cannot be loaded where JSON-P's API is missing. */
    private static final class JsonOfItsOwn {
        static void check() {
            try {
                JsonProvider unused = JsonProvider.provider();
            } catch (JsonException e) {
                throw new IllegalStateException(
                        "no implementation of JSON-P is on the class path of this test (on a server it is the server's), and"
                                + " the attributes of events are written with it: add one in the scope test,"
                                + " org.eclipse.parsson:parsson for one (" + e.getMessage() + ")",
                        e);
            }
        }
    }
}
