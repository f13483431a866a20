package dev.postevent.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** {@code pg_hba.conf} of a data directory: who may connect, and how it is proven. */
final class HostBasedAccess {
    /** Whoever reaches the server is whoever he says; of a rule, not of a comment. */
    private static final Pattern TRUST =
            Pattern.compile("(?m)^([ \\t]*(?:local|host\\w*)[ \\t][^#\\n]*[ \\t])trust(?=[ \\t]*(?:#|$))");

    private final Path file;

    HostBasedAccess(Path dataDirectory) {
        this.file = dataDirectory.resolve("pg_hba.conf");
    }

    /** Whether anybody gets in without a password; false where there is no server yet. */
    boolean trusts() {
        return Files.exists(file) && TRUST.matcher(read()).find();
    }

    /** Every rule that trusts demands a password from the next start on; all others stay. */
    void demandPasswords() {
        try {
            PrivateFiles.write(file, TRUST.matcher(read()).replaceAll("$1scram-sha-256"));
        } catch (IOException e) {
            throw new UncheckedIOException("writing " + file, e);
        }
    }

    private String read() {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + file, e);
        }
    }
}
