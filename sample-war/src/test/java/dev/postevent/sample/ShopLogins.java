package dev.postevent.sample;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.postevent.Topic;
import dev.postevent.server.Database;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The sample with logins that have the roles of {@code postgresql/roles.sql} and nothing else, beside the right to make tables of its
 * own. All is done as the documents say, DDL out of the JAR included: by the owner of the database, who may create roles and is no
 * superuser.
 *
 * <p>{@code WarehouseIT} runs with them and the others without; the system property {@code test.roles} says it for all.
 */
final class ShopLogins {
    private ShopLogins() {}

    static boolean isAskedFor(boolean otherwise) {
        String asked = System.getProperty("test.roles");
        return asked == null ? otherwise : Boolean.parseBoolean(asked);
    }

    /**
     * Makes what an administrator makes before the application comes, in an empty database.
     *
     * @param administrator superuser of the cluster, where another owner may have made the roles before
     * @param owner of the database
     * @param topics what the application publishes
     * @return the environment of the application's server
     */
    static Map<String, String> prepare(Database administrator, Database owner, List<String> topics) {
        String application = owner.name() + "_app";
        String feed = owner.name() + "_feed";
        administrator.execute("alter role " + owner.user() + " createrole");
        owner.execute(ddl(topics));
        owner.execute(roles());
        administrator.execute("create role " + application + " login password '" + application
                + "' in role postevent_publisher, postevent_sealer, postevent_consumer;"
                + " create role " + feed + " login replication password '" + feed + "' in role postevent_replication;"
                + " grant create on database " + owner.name() + " to " + application);
        for (String topic : topics) {
            owner.execute(
                    "create publication postevent_shop for table postevent." + topic + " with (publish = 'insert')");
        }
        return Map.of(
                "DB_USER", application,
                "DB_PASSWORD", application,
                "FEED_USER", feed,
                "FEED_PASSWORD", feed,
                "POSTEVENT_SCHEMA", "validate");
    }

    private static String ddl(List<String> topics) {
        try {
            Path jar = Path.of(Topic.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", jar.toString()));
            command.addAll(topics);
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String ddl = new String(process.getInputStream().readAllBytes(), UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException("no DDL out of " + jar + ": exit code " + process.exitValue());
            }
            return ddl;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String roles() {
        try (InputStream script = Database.class.getResourceAsStream("/postgresql/roles.sql")) {
            return new String(script.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
