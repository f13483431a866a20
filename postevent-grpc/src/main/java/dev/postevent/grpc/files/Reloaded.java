package dev.postevent.grpc.files;

import dev.postevent.PosteventException;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something made from files or other configuration, made anew when that was changed.
 *
 * <p>Several files are never replaced at the same instant: what is made of an old certificate and a new key is of no use, and may not
 * even be possible. So what was made before goes on until the new can be made, which is tried at each look.
 *
 * @param <T> what is made
 */
public final class Reloaded<T> {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");

    private final String from;
    private final Supplier<?> state;
    private final Supplier<T> making;
    private volatile @Nullable T made;
    private volatile @Nullable String fault;
    // under the monitor
    private @Nullable Object madeOf;

    /**
     * Makes nothing yet.
     *
     * @param from what it is made from, for a person
     * @param state equal as long as nothing was changed; may throw as {@code making}
     * @param making makes it; throws {@link PosteventException} where what it is made from is not in order
     */
    public Reloaded(String from, Supplier<?> state, Supplier<T> making) {
        this.from = from;
        this.state = state;
        this.making = making;
    }

    /**
     * Of files; makes nothing yet.
     *
     * @param files all that are read; null for one that is not given
     * @param making as above
     */
    public static <T> Reloaded<T> ofFiles(Supplier<T> making, @Nullable Path... files) {
        List<Path> given = new ArrayList<>();
        for (Path file : files) {
            if (file != null) {
                given.add(file);
            }
        }
        return new Reloaded<>(
                given.toString(), () -> given.stream().map(Reloaded::stamp).toList(), making);
    }

    /**
     * Looks for changes, which may wait for a disk.
     *
     * @return true if it was made, the first time or anew
     * @throws RuntimeException or an error, if nothing was ever made and cannot be made now
     */
    public synchronized boolean look() {
        T before = made;
        try {
            // before it is read: a change meanwhile is seen the next time
            Object now = state.get();
            if (before != null && now.equals(madeOf)) {
                fault = null;
                return false;
            }
            made = making.get();
            madeOf = now;
            fault = null;
        } catch (RuntimeException | Error e) {
            // whatever it is: who looks does so for others, too, and will look again
            if (before == null) {
                throw e;
            }
            String text = "what was changed cannot be used, what was read before goes on: "
                    + (e instanceof PosteventException ? e.getMessage() : e.toString());
            if (!text.equals(fault)) {
                LOG.log(Level.WARNING, text);
            }
            fault = text;
            return false;
        }
        if (before != null) {
            LOG.log(Level.INFO, () -> "read again, because it was changed: " + from);
        }
        return true;
    }

    /**
     * What it gives at this moment.
     *
     * @throws PosteventException as {@link #look}
     */
    public T get() {
        boolean unused = look();
        return current();
    }

    /** What the last look found; never waits. There was a {@link #look} before. */
    public T current() {
        return Objects.requireNonNull(made, "nobody has looked yet");
    }

    /** What is wrong with what was changed; null: nothing. */
    public @Nullable String fault() {
        return fault;
    }

    /** Where there is a time of the last change that nobody can set, it counts, too: a replacement may be given the same times. */
    private static String stamp(Path file) {
        try {
            if (file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
                Map<String, Object> attributes = Files.readAttributes(file, "unix:size,lastModifiedTime,ctime,ino,dev");
                return new TreeMap<>(attributes).toString();
            }
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return attributes.lastModifiedTime() + "/" + attributes.size() + "/" + attributes.fileKey();
        } catch (IOException e) {
            return "missing"; // what reads it says more
        }
    }
}
