package dev.postevent.testing.build;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What {@link BuildProfile} wrote, as tables.
 *
 * <pre>
 * show DIRECTORY          the ten slowest classes of the newest build there, and tests that passed only the second time
 * compare OLD NEW [ROWS]  two such directories, class by class, the slowest of the older build first (default 30)
 * </pre>
 */
public final class ProfileReport {
    private static final int SLOWEST = 10;
    private static final int COMPARED = 30;

    private final List<ClassResult> results;

    ProfileReport(List<ClassResult> results) {
        String newest = results.stream()
                .map(ClassResult::build)
                .max(Comparator.naturalOrder())
                .orElse("");
        this.results =
                results.stream().filter(result -> result.build().equals(newest)).toList();
    }

    /** Prints what its arguments ask for. */
    public static void main(String... args) throws IOException {
        if (args.length == 2 && args[0].equals("show")) {
            System.out.print(read(Path.of(args[1])).slowest());
        } else if (args.length >= 3 && args[0].equals("compare")) {
            int rows = args.length > 3 ? Integer.parseInt(args[3]) : COMPARED;
            System.out.print(read(Path.of(args[1])).compared(read(Path.of(args[2])), rows));
        } else {
            throw new IllegalArgumentException("show DIRECTORY, or compare OLD NEW [ROWS], not: " + List.of(args));
        }
    }

    /** All files of a directory; an empty report if there is none. */
    static ProfileReport read(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return new ProfileReport(List.of());
        }
        List<ClassResult> results = new ArrayList<>();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".csv"))
                    .sorted()
                    .toList()) {
                for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
                    results.add(ClassResult.of(line));
                }
            }
        }
        return new ProfileReport(results);
    }

    /** Several runs of one class in one JVM (a failed test is run once more) are one row. */
    private Map<String, Row> rows() {
        Map<String, Row> rows = new TreeMap<>();
        results.forEach(result -> rows.merge(result.key(), Row.of(result), Row::plus));
        return rows;
    }

    private record Row(long wallMillis, long cpuMillis) {
        static Row of(ClassResult result) {
            return new Row(result.wallMillis(), result.cpuMillis());
        }

        Row plus(Row other) {
            return new Row(wallMillis + other.wallMillis, cpuMillis + other.cpuMillis);
        }

        /** Seconds that nothing of the class was at work, if it never used two cores at once. */
        double waitingSeconds() {
            return Math.max(0, wallMillis - cpuMillis) / 1e3;
        }
    }

    private static List<Map.Entry<String, Row>> slowestFirst(Map<String, Row> rows, int most) {
        return rows.entrySet().stream()
                .sorted(Comparator.comparingLong((Map.Entry<String, Row> entry) -> entry.getValue().wallMillis)
                        .reversed())
                .limit(most)
                .toList();
    }

    String slowest() {
        StringBuilder text = new StringBuilder();
        Map<String, Row> rows = rows();
        text.append(String.format(
                Locale.ROOT,
                "Test classes: %d in %.0f s, together %.0f s, of which %.0f s of CPU. The slowest:%n",
                rows.size(),
                spanSeconds(),
                rows.values().stream().mapToLong(Row::wallMillis).sum() / 1e3,
                rows.values().stream().mapToLong(Row::cpuMillis).sum() / 1e3));
        text.append(String.format(Locale.ROOT, "  %8s %8s %8s  %s%n", "wall s", "CPU s", "waiting", "class"));
        for (Map.Entry<String, Row> entry : slowestFirst(rows, SLOWEST)) {
            Row row = entry.getValue();
            text.append(String.format(
                    Locale.ROOT,
                    "  %8.1f %8.1f %8.1f  %s%n",
                    row.wallMillis / 1e3,
                    row.cpuMillis / 1e3,
                    row.waitingSeconds(),
                    entry.getKey()));
        }
        TreeSet<String> again = again();
        text.append(
                again.isEmpty()
                        ? "No test passed only the second time.\n"
                        : "Passed only the second time (twice in two builds is a fault to fix):\n");
        again.forEach(test -> text.append("  ").append(test).append('\n'));
        return text.toString();
    }

    private double spanSeconds() {
        long first =
                results.stream().mapToLong(ClassResult::startedMillis).min().orElse(0);
        long last = results.stream()
                .mapToLong(result -> result.startedMillis() + result.wallMillis())
                .max()
                .orElse(0);
        return (last - first) / 1e3;
    }

    /** By method where the second run was in the same JVM, by class where it was in another one, which Maven decides. */
    private TreeSet<String> again() {
        TreeSet<String> again = new TreeSet<>();
        Map<String, List<ClassResult>> runs =
                results.stream().collect(Collectors.groupingBy(ClassResult::key, TreeMap::new, Collectors.toList()));
        runs.forEach((key, ofClass) -> {
            List<String> methods =
                    ofClass.stream().flatMap(result -> result.again().stream()).toList();
            methods.forEach(method -> again.add(key + "." + method));
            ClassResult last = Collections.max(ofClass, Comparator.comparingLong(ClassResult::startedMillis));
            if (methods.isEmpty() && last.failed() == 0 && ofClass.stream().anyMatch(result -> result.failed() > 0)) {
                again.add(key);
            }
        });
        return again;
    }

    String compared(ProfileReport newer, int most) {
        Map<String, Row> before = rows();
        Map<String, Row> after = newer.rows();
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "| class | wall s before | after | CPU s before | after |%n|---|---|---|---|---|%n| all, one after the other | %s | %s | %s | %s |%n"
                        + "| from the first to the last | %.0f | %.0f | | |%n",
                sum(before, true),
                sum(after, true),
                sum(before, false),
                sum(after, false),
                spanSeconds(),
                newer.spanSeconds()));
        Map<String, Row> all = new TreeMap<>(after);
        all.putAll(before);
        for (Map.Entry<String, Row> entry : slowestFirst(all, most)) {
            Row was = before.get(entry.getKey());
            Row is = after.get(entry.getKey());
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %s |%n",
                    entry.getKey(),
                    was == null ? "" : seconds(was.wallMillis),
                    is == null ? "" : seconds(is.wallMillis),
                    was == null ? "" : seconds(was.cpuMillis),
                    is == null ? "" : seconds(is.cpuMillis)));
        }
        TreeSet<String> twice = again();
        twice.retainAll(newer.again());
        if (!twice.isEmpty()) {
            text.append("Passed only the second time in both builds: ")
                    .append(String.join(", ", twice))
                    .append('\n');
        }
        return text.toString();
    }

    private static String sum(Map<String, Row> rows, boolean wall) {
        return seconds(rows.values().stream()
                .mapToLong(wall ? Row::wallMillis : Row::cpuMillis)
                .sum());
    }

    private static String seconds(long millis) {
        return String.format(Locale.ROOT, "%.1f", millis / 1e3);
    }
}
