package dev.postevent.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;

/** Classes of tests, for class paths and archives of their own. */
public final class ClassFiles {
    private ClassFiles() {}

    /** Puts the code of a class below {@code root}, where class loaders look for it; what is there already is replaced. */
    public static void copy(Class<?> type, Path root) throws IOException {
        String name = type.getName().replace('.', '/') + ".class";
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        try (InputStream code = Objects.requireNonNull(type.getResourceAsStream("/" + name), name)) {
            Files.copy(code, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
