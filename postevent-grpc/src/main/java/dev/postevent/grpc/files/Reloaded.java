package dev.postevent.grpc.files;

import dev.postevent.PosteventException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something made from files, made anew when one of them was replaced.
 *
 * <p>Several files are never replaced at the same instant: what is made of an old certificate and a new key is of no use, and may not
 * even be possible. So what was made before goes on until the new can be made, and each further change is another try.
 *
 * @param <T> what is made
 */
public final class Reloaded<T> {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");

    private final List<Path> files;
    private final Supplier<T> making;
    private @Nullable T made;
    private List<String> madeOf = List.of();
    private @Nullable String fault;

    /**
     * Makes nothing yet.
     *
     * @param files all that are read; null for one that is not given
     * @param making makes it; throws {@link PosteventException} where the files are not in order
     */
    public Reloaded(Supplier<T> making, @Nullable Path... files) {
        this.making = making;
        List<Path> given = new ArrayList<>();
        for (Path file : files) {
            if (file != null) {
                given.add(file);
            }
        }
        this.files = List.copyOf(given);
    }

    /**
     * What the files give now.
     *
     * @throws PosteventException if nothing was ever made and cannot be made now
     */
    public synchronized T get() {
        T before = made;
        // before they are read: a change meanwhile is seen the next time
        List<String> now = stamps();
        if (before != null && now.equals(madeOf)) {
            return before;
        }
        try {
            T fresh = making.get();
            if (before != null) {
                LOG.log(Level.INFO, () -> "read again, because they were replaced: " + files);
            }
            made = fresh;
            madeOf = now;
            fault = null;
            return fresh;
        } catch (PosteventException e) {
            if (before == null) {
                throw e;
            }
            madeOf = now;
            fault = "files were replaced and cannot be used, what was read before goes on: " + e.getMessage();
            LOG.log(Level.WARNING, fault);
            return before;
        }
    }

    /** What is wrong with files that were replaced; null: nothing. */
    public synchronized @Nullable String fault() {
        return fault;
    }

    private List<String> stamps() {
        return files.stream().map(Reloaded::stamp).toList();
    }

    private static String stamp(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.lastModifiedTime() + "/" + attributes.size() + "/"
                    + Objects.toString(attributes.fileKey(), "");
        } catch (IOException e) {
            return "missing"; // what reads it says more
        }
    }
}
