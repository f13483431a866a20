package dev.postevent.campaign;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** A wall clock that is wrong for one process: libfaketime, where the machine has it (Debian's package {@code faketime}). */
final class WrongClock {
    private WrongClock() {}

    /**
     * Environment variables of a process whose clock is off by so much; the monotonic clock is left alone, as it is by a wrong clock.
     *
     * @param shift as libfaketime reads it, like {@code +1h}
     */
    static Optional<Map<String, String>> shifted(String shift) {
        return library()
                .map(path ->
                        Map.of("LD_PRELOAD", path.toString(), "FAKETIME", shift, "FAKETIME_DONT_FAKE_MONOTONIC", "1"));
    }

    /** In the directory of the architecture, or where distributions without one keep it. */
    private static Optional<Path> library() {
        Path root = Path.of("/usr/lib");
        if (!Files.isDirectory(root)) {
            return Optional.empty();
        }
        List<Path> directories = new ArrayList<>(List.of(Path.of("/usr/lib64"), root));
        try (Stream<Path> architectures = Files.list(root)) {
            directories.addAll(architectures.toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return directories.stream()
                .map(directory -> directory.resolve("faketime").resolve("libfaketimeMT.so.1"))
                .filter(Files::isReadable)
                .findFirst();
    }
}
