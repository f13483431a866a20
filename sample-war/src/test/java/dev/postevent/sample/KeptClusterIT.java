package dev.postevent.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.server.Database;
import dev.postevent.server.PostgresCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The PostgreSQL of the command that runs the sample: its data stays, on a machine that others use, too. */
class KeptClusterIT {
    private static final String INVALID_PASSWORD = "28P01";

    @TempDir
    Path data;

    @Test
    void nobodyGetsInWithoutAPasswordOverRestartsAndInDataOfBefore() throws Exception {
        Path directory = data.resolve("postgres");
        Path superuser = data.resolve("postgres.passwords").resolve("postgres");
        String first;
        try (PostgresCluster cluster = PostgresCluster.at(directory)) {
            Database shop = cluster.database("shop");
            assertClosed(shop);
            shop.execute("create table kept (n int); insert into kept values (7)");
            assertThat(cluster.asSuperuser(shop).texts("select current_user")).containsExactly("postgres");
            assertThat(shop.password())
                    .hasSizeGreaterThan(32)
                    .isNotEqualTo(Files.readString(superuser).strip());
            assertPrivate(data.resolve("postgres.passwords"));
            first = shop.password();
        }

        try (PostgresCluster cluster = PostgresCluster.at(directory)) {
            Database shop = cluster.database("shop");
            assertThat(shop.password()).isEqualTo(first);
            assertThat(shop.texts("select n from kept")).containsExactly("7");
            assertClosed(shop);
        }

        // as it was made before: every user of the machine is trusted, and no file has a password
        Path access = directory.resolve("pg_hba.conf");
        Files.writeString(access, Files.readString(access).replace("scram-sha-256", "trust"));
        Files.delete(superuser);
        Files.delete(superuser.resolveSibling("shop"));
        try (PostgresCluster cluster = PostgresCluster.at(directory)) {
            Database shop = cluster.database("shop");
            assertThat(shop.texts("select n from kept")).containsExactly("7");
            assertThat(shop.password()).isNotEqualTo(first);
            assertClosed(shop);
            assertPrivate(data.resolve("postgres.passwords"));
            assertThat(cluster.asSuperuser(shop).texts("select distinct auth_method from pg_hba_file_rules"))
                    .containsExactly("scram-sha-256");
        }
    }

    private static void assertClosed(Database shop) {
        for (Database intruder : List.of(
                shop.as("postgres", null),
                shop.as("postgres", "postgres"),
                shop.as("shop", null),
                shop.as("shop", "shop"),
                shop.as("postgres", shop.password()))) {
            String refused = "not refused";
            try (Connection connection = intruder.dataSource().getConnection()) {
                assertThat(connection.isValid(5)).isTrue();
            } catch (SQLException e) {
                refused = e.getSQLState();
            }
            // without any password the driver itself gives up
            assertThat(refused).as(intruder.user()).isEqualTo(intruder.password() == null ? "08004" : INVALID_PASSWORD);
        }
    }

    private static void assertPrivate(Path directory) throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory)))
                .isEqualTo("rwx------");
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files)
                    .hasSizeGreaterThanOrEqualTo(2)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }
}
