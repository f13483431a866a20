package dev.postevent.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A server's {@code messages.log}, which begins anew at every start of the server. */
public final class LibertyLog {
    private final Path file;

    LibertyLog(Path file) {
        this.file = file;
    }

    /** Where it is. */
    public Path file() {
        return file;
    }

    /** Its length in bytes now: a place to search from later; 0 if there is none yet. */
    public long size() {
        try {
            return Files.exists(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The first line after the byte {@code from} in which {@code pattern} is found. */
    public Optional<String> find(long from, String pattern) {
        Pattern compiled = Pattern.compile(pattern);
        return lines(from).stream()
                .filter(line -> compiled.matcher(line).find())
                .findFirst();
    }

    /** The lines after the byte {@code from}. */
    public List<String> lines(long from) {
        if (!Files.exists(file)) {
            return List.of();
        }
        try (InputStream in = Files.newInputStream(file)) {
            in.skipNBytes(Math.min(from, Files.size(file)));
            return new String(in.readAllBytes(), UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
