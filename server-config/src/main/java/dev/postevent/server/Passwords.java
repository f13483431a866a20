package dev.postevent.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;

/** Passwords of the roles of one cluster: random, each in a file that only this user may read, made when it is asked for first. */
final class Passwords {
    private static final int BYTES = 24;

    private final Path directory;

    private Passwords(Path directory) {
        this.directory = directory;
    }

    static Passwords in(Path directory) {
        return new Passwords(directory);
    }

    /** Where a role's password is, or will be. */
    Path file(String role) {
        return directory.resolve(role);
    }

    String of(String role) {
        Path file = file(role);
        try {
            if (!Files.exists(file)) {
                byte[] random = new byte[BYTES];
                new SecureRandom().nextBytes(random);
                PrivateFiles.directory(directory);
                PrivateFiles.write(file, HexFormat.of().formatHex(random) + "\n");
            }
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException("the password of role " + role + " in " + file, e);
        }
    }
}
