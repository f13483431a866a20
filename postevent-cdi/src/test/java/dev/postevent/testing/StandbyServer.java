package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.testing.build.FreePort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A streaming copy of the server, made from a copy of its files. */
public final class StandbyServer implements AutoCloseable {
    private final PostgresFixture server;
    private final PostgresFixture.Db db;
    private final Path directory;
    private final Path binaries;
    private final int port;

    /** Copies {@code server} into {@code directory}, which is empty, and starts; {@code db} is any database of it. */
    public StandbyServer(PostgresFixture server, PostgresFixture.Db db, Path directory)
            throws IOException, SQLException, InterruptedException {
        this.server = server;
        this.db = db;
        this.directory = directory;
        Path source = server.dataDirectory();
        String command = Files.readString(source.resolve("postmaster.opts"));
        this.binaries = Path.of(command.substring(0, command.indexOf(' '))).getParent();
        this.port = FreePort.find();
        try (Connection connection = db.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("select pg_backup_start('standby', true)");
            copy(source);
            try (ResultSet row = statement.executeQuery("select labelfile from pg_backup_stop(false)")) {
                row.next();
                Files.writeString(directory.resolve("backup_label"), row.getString(1));
            }
        }
        Files.createFile(directory.resolve("standby.signal"));
        pgCtl("-o", options(), "-l", directory.resolve("log").toString(), "-w", "start");
    }

    /** Where it listens, on the loopback interface. */
    public int port() {
        return port;
    }

    private String options() {
        StringBuilder options = new StringBuilder("-p " + port + " -c primary_conninfo='host=127.0.0.1 port="
                + server.port() + " user=" + db.user() + "'");
        for (String name : List.of(
                "wal_level",
                "max_connections",
                "max_prepared_transactions",
                "max_wal_senders",
                "max_worker_processes",
                "max_locks_per_transaction")) {
            options.append(" -c ").append(name).append('=').append(db.text("show " + name));
        }
        return options.toString();
    }

    private void copy(Path source) throws IOException {
        Files.walkFileTree(source, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
                Path target = directory.resolve(source.relativize(folder).toString());
                Files.createDirectory(
                        target, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (!file.getFileName().toString().equals("postmaster.pid")) {
                    try {
                        Files.copy(
                                file, directory.resolve(source.relativize(file).toString()));
                    } catch (NoSuchFileException e) {
                        return FileVisitResult.CONTINUE; // the server lives on while it is copied
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure;
            }
        });
    }

    private void pgCtl(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("unshare", "-U")); // PostgreSQL does not run as root
        }
        command.addAll(List.of(binaries.resolve("pg_ctl").toString(), "-D", directory.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("pg_ctl.log").toFile())
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(String.join(" ", command) + "\n" + Files.readString(directory.resolve("pg_ctl.log")))
                .isZero();
    }

    @Override
    public void close() throws IOException, InterruptedException {
        pgCtl("-m", "immediate", "-w", "stop");
    }
}
