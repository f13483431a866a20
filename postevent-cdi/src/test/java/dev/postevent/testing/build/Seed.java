package dev.postevent.testing.build;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongFunction;

/** The number that decides a random run: printed, and kept as a file of the build with the command that runs it again. */
public final class Seed {
    private static final Path DIRECTORY = Path.of("target", "seeds");

    private Seed() {}

    /**
     * The value of {@code property}, or a new one.
     *
     * @param name of the run, also of its file {@code target/seeds/<name>.txt}
     * @param property what gives a run its seed
     * @param command what a person types to run a seed again
     */
    public static long of(String name, String property, LongFunction<String> command) {
        long seed = Long.getLong(property, System.nanoTime());
        String run = System.getProperty("test.run", "integration");
        String file = run.equals("pure") || run.equals("integration") ? name : name + "-" + run;
        System.out.println(file + " has seed " + seed + "; again: " + command.apply(seed));
        try {
            Files.createDirectories(DIRECTORY);
            Files.writeString(
                    DIRECTORY.resolve(file + ".txt"),
                    "seed " + seed + "\n" + command.apply(seed) + "\n",
                    StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return seed;
    }
}
