import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Builds the last commit twice, from two clean copies at different places, and looks whether what would be published is the same to
 * the byte: JARs, sources, Javadoc, bills of materials and POMs. The second build has another time zone and another language.
 *
 * <p>Run in the root directory: {@code java .ci/CheckReproducible.java}, with more options of Maven behind it if need be. With
 * {@code compare ONE OTHER} it only compares two trees that are built. Exits with 1 and a line for each file that differs; the copies
 * are in {@code target/reproducible}, and stay.
 */
final class CheckReproducible {
    private static final List<String> MODULES =
            List.of(
                    ".", "postevent-bom", "postevent-cdi", "postevent-testkit", "postevent-grpc", "postevent-console");

    /** What differs within a JAR is said up to this many times. */
    private static final int ENTRIES_MAX = 10;

    private CheckReproducible() {}

    public static void main(String[] arguments) throws Exception {
        Path one = Path.of("target", "reproducible", "one");
        Path other = Path.of("target", "reproducible", "at", "another", "place");
        if (arguments.length == 3 && arguments[0].equals("compare")) {
            one = Path.of(arguments[1]);
            other = Path.of(arguments[2]);
        } else {
            deleteTree(Path.of("target", "reproducible"));
            build(one, Map.of("TZ", "UTC", "LC_ALL", "C.UTF-8"), arguments);
            Map<String, String> elsewhere =
                    Map.of("TZ", "Asia/Kathmandu", "LC_ALL", "C", "MAVEN_OPTS", "-Duser.language=de -Duser.country=DE");
            build(other, elsewhere, arguments);
        }
        List<String> differences = new ArrayList<>();
        int files = 0;
        for (String module : MODULES) {
            SortedMap<String, Path> there = published(one.resolve(module));
            SortedMap<String, Path> here = published(other.resolve(module));
            TreeSet<String> names = new TreeSet<>(there.keySet());
            names.addAll(here.keySet());
            files += names.size();
            for (String name : names) {
                compare(module + "/" + name, there.get(name), here.get(name), differences);
            }
        }
        differences.forEach(difference -> System.err.println("reproducible: " + difference));
        if (!differences.isEmpty()) {
            System.exit(1);
        }
        if (files < 3 * MODULES.size()) {
            System.err.println("reproducible: only " + files + " files in " + one + "; was it built with -Prelease?");
            System.exit(1);
        }
        System.out.println("reproducible: " + files + " files are the same in both builds");
    }

    /** Of the commit alone: what is not committed is not in it. The times in the JARs are the commit's. */
    private static void build(Path copy, Map<String, String> environment, String[] options) throws Exception {
        Files.createDirectories(copy.getParent());
        run(Path.of("."), Map.of(), List.of("git", "clone", "--quiet", ".", copy.toString()));
        String time = output(copy, List.of("git", "log", "-1", "--format=%cI"));
        List<String> command = new ArrayList<>(List.of(
                "mvn",
                "-B",
                "-ntp",
                "-q",
                "-Prelease",
                "-DskipTests",
                "-Dspotless.check.skip=true",
                "-Dproject.build.outputTimestamp=" + time,
                "-pl",
                String.join(",", MODULES)));
        command.addAll(Arrays.asList(options));
        command.add("verify");
        run(copy, environment, command);
    }

    private static void run(Path directory, Map<String, String> environment, List<String> command) throws Exception {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile()).inheritIO();
        builder.environment().putAll(environment);
        int code = builder.start().waitFor();
        if (code != 0) {
            throw new IllegalStateException(command + " in " + directory + " ended with " + code);
        }
    }

    private static String output(Path directory, List<String> command) throws Exception {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String text = new String(process.getInputStream().readAllBytes()).strip();
        if (process.waitFor() != 0) {
            throw new IllegalStateException(command + " in " + directory + " ended with " + process.exitValue());
        }
        return text;
    }

    /** By name, within the module. */
    private static SortedMap<String, Path> published(Path module) throws IOException {
        SortedMap<String, Path> files = new TreeMap<>();
        for (String pom : List.of("pom.xml", "dependency-reduced-pom.xml")) {
            if (Files.exists(module.resolve(pom))) {
                files.put(pom, module.resolve(pom));
            }
        }
        Path target = module.resolve("target");
        if (Files.isDirectory(target)) {
            try (Stream<Path> all = Files.list(target)) {
                all.filter(file -> file.getFileName().toString().matches("(?!original-).*\\.jar|bom\\.json"))
                        .forEach(file -> files.put("target/" + file.getFileName(), file));
            }
        }
        return files;
    }

    private static void compare(String name, Path one, Path other, List<String> differences) throws IOException {
        if (one == null || other == null) {
            differences.add(name + " is in one build only");
        } else if (Files.mismatch(one, other) >= 0) {
            differences.add(name + " differs at byte " + Files.mismatch(one, other));
            if (name.endsWith(".jar")) {
                entries(one, other).stream()
                        .limit(ENTRIES_MAX)
                        .forEach(entry -> differences.add("  " + entry));
            }
        }
    }

    private static List<String> entries(Path one, Path other) throws IOException {
        List<String> found = new ArrayList<>();
        try (ZipFile first = new ZipFile(one.toFile());
                ZipFile second = new ZipFile(other.toFile())) {
            Iterator<? extends ZipEntry> there = first.stream().iterator();
            Iterator<? extends ZipEntry> here = second.stream().iterator();
            while (there.hasNext() && here.hasNext()) {
                ZipEntry a = there.next();
                ZipEntry b = here.next();
                if (!a.getName().equals(b.getName())) {
                    found.add(a.getName() + " where the other has " + b.getName());
                    return found; // all that follows is moved
                }
                if (a.getTime() != b.getTime()) {
                    found.add(a.getName() + " is of " + a.getLastModifiedTime() + " and " + b.getLastModifiedTime());
                }
                if (checksum(first, a) != checksum(second, b)) {
                    found.add(a.getName() + " has another content");
                }
            }
            if (there.hasNext() != here.hasNext()) {
                found.add("one has more entries");
            }
        }
        return found;
    }

    private static long checksum(ZipFile zip, ZipEntry entry) throws IOException {
        CRC32 sum = new CRC32();
        try (InputStream in = zip.getInputStream(entry)) {
            sum.update(in.readAllBytes());
        }
        return sum.getValue();
    }

    private static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path tree, IOException failure) throws IOException {
                Files.delete(tree);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
