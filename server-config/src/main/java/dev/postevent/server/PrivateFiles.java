package dev.postevent.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Files and directories that only this user may read, where the file system has permissions. */
final class PrivateFiles {
    private static final Set<PosixFilePermission> DIRECTORY = PosixFilePermissions.fromString("rwx------");
    private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");

    private PrivateFiles() {}

    /** Makes a directory; one that is there is taken away from others. */
    static Path directory(Path directory) throws IOException {
        try {
            return Files.createDirectory(directory, permissions(directory, DIRECTORY));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(directory)) {
                throw e;
            }
            if (hasPermissions(directory)) {
                Files.setPosixFilePermissions(directory, DIRECTORY);
            }
            return directory;
        }
    }

    /** Writes a file, all or nothing; it is private from its first byte on. */
    static void write(Path file, String text) throws IOException {
        Path work = file.resolveSibling(file.getFileName() + ".new");
        Files.deleteIfExists(work); // half a file of a run that was killed
        Files.createFile(work, permissions(work, FILE));
        Files.write(work, text.getBytes(UTF_8), StandardOpenOption.WRITE);
        Files.move(work, file, StandardCopyOption.ATOMIC_MOVE);
    }

    private static FileAttribute<?>[] permissions(Path path, Set<PosixFilePermission> permissions) {
        return hasPermissions(path)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(permissions)}
                : new FileAttribute<?>[0];
    }

    private static boolean hasPermissions(Path path) {
        return path.getFileSystem().supportedFileAttributeViews().contains("posix");
    }
}
