#!/usr/bin/env bash
# Open Liberty 26.0.0.1: it takes the libraries out of a WAR (WEB-INF/lib) into a cache of its own, and takes one of the same name
# anew only if its entry in the WAR has another time. A WAR that was built again with a fixed time of its entries, as reproducible
# builds make them, is deployed anew (CWWKZ0003I), and the library in it stays the former one: with another size, too, and after a
# restart of the server.
# Exit 0: still so: the second library's file is not there after the deployment and after a restart, and is there once the entry has
# another time.
set -euo pipefail
work=$(mktemp -d)
server=
stop() {
    [ -z "$server" ] || kill "$server" 2> /dev/null || true
    [ -z "$server" ] || wait "$server" 2> /dev/null || true
    server=
}
trap 'stop; rm -rf "$work"' EXIT
cd "$work"
mvn -B -q -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:get -Dartifact=io.openliberty:openliberty-runtime:26.0.0.1:zip
mvn -B -q -ntp org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact=io.openliberty:openliberty-runtime:26.0.0.1:zip -DoutputDirectory=.
cat > Zip.java <<'JAVA'
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

public class Zip {
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "port" -> {
                try (ServerSocket socket = new ServerSocket(0)) {
                    System.out.println(socket.getLocalPort());
                }
            }
            case "unpack" -> unpack(Path.of(args[1]), Path.of(args[2]));
            default -> pack(Path.of(args[1]), args[2], Path.of(args[3]), LocalDateTime.parse(args[4]));
        }
    }

    private static void unpack(Path zip, Path into) throws Exception {
        try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
            for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                Path target = into.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(target);
                } else {
                    Files.createDirectories(target.getParent());
                    try (OutputStream out = Files.newOutputStream(target)) {
                        in.transferTo(out);
                    }
                }
            }
        }
    }

    /** A ZIP of one entry. */
    private static void pack(Path zip, String name, Path content, LocalDateTime time) throws Exception {
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip));
                InputStream in = Files.newInputStream(content)) {
            ZipEntry entry = new ZipEntry(name);
            entry.setTimeLocal(time);
            out.putNextEntry(entry);
            in.transferTo(out);
            out.closeEntry();
        }
    }
}
JAVA
javac Zip.java
java Zip unpack openliberty-runtime-26.0.0.1.zip liberty
port=$(java Zip port)
home="$work/liberty/wlp"
here="$home/usr/servers/finding"
mkdir -p "$here/apps"
cat > "$here/server.xml" <<XML
<server>
    <featureManager><feature>servlet-6.0</feature></featureManager>
    <httpEndpoint id="defaultHttpEndpoint" host="localhost" httpPort="$port" httpsPort="-1"/>
    <applicationMonitor pollingRate="200ms"/>
    <webApplication location="app.war"/>
</server>
XML

# the WAR with a library that has this text, at this time
war() {
    printf '%s' "$1" > text
    java Zip pack library.jar META-INF/resources/text.txt text "$2"
    java Zip pack next.war WEB-INF/lib/library.jar library.jar "$2"
    mv next.war "$here/apps/app.war"
}
start() {
    java -javaagent:"$home/bin/tools/ws-javaagent.jar" -jar "$home/bin/tools/ws-server.jar" finding > out.txt 2>&1 &
    server=$!
    for _ in $(seq 300); do
        text > /dev/null && return
        sleep 0.2
    done
    cat out.txt
    exit 1
}
text() { curl -sf "http://localhost:$port/app/text.txt"; }
deployed() {
    for _ in $(seq 300); do
        [ "$(grep -c CWWKZ0003I "$here/logs/messages.log")" -ge "$1" ] && return
        sleep 0.2
    done
    echo "not deployed anew"
    exit 1
}

war first 2026-01-01T00:00:00
start
first=$(text)
war "the second, which is longer" 2026-01-01T00:00:00
deployed 1
second=$(text)
stop
start
restarted=$(text)
war "the third" 2026-01-01T00:00:02
deployed 1
third=$(text)
echo "served: $first; after a deployment of another library with the same time: $second; after a restart: $restarted; with another time: $third"
[ "$first" = first ] && [ "$second" = first ] && [ "$restarted" = first ] && [ "$third" = "the third" ]
