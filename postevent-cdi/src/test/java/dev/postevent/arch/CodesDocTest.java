package dev.postevent.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each code that somebody may meet is in docs/codes.md, and in a test that provokes it. */
class CodesDocTest {
    private static final Pattern CODE = Pattern.compile("PSTEV\\d{5}");
    /** A test that makes an exception itself has not provoked it. */
    private static final Pattern MADE_BY_A_TEST = Pattern.compile("new \\w+Exception\\(\\s*\"PSTEV\\d{5}\"");

    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| (PSTEV\\d{5}) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\|$");

    private static final Pattern FIRST_CELL = Pattern.compile("(?m)^\\|\\s*(PSTEV\\d{5})");

    /** What no test provokes, and why. This list gets shorter and never longer: {@link #NOT_PROVOKED_MOST}. */
    private static final Map<String, String> NOT_PROVOKED = new TreeMap<>(Map.of(
            "PSTEV20020", "a data source that fails between the start and the feed's first connection",
            "PSTEV20021", "a JSON-B that cannot be closed",
            "PSTEV32007", "the engine most often ends first, and says so under another code",
            "PSTEV32008", "an engine that runs for a minute without a stream",
            "PSTEV35011", "a row that no check of the table lets in"));

    private static final int NOT_PROVOKED_MOST = 5;

    private static SortedSet<String> codes(String kind, Pattern without) throws IOException {
        SortedSet<String> codes = new TreeSet<>();
        for (Path sources : sources(kind)) {
            try (Stream<Path> files = Files.walk(sources)) {
                files.filter(file -> file.toString().endsWith(".java"))
                        .filter(file -> !file.endsWith("CodesDocTest.java"))
                        .map(CodesDocTest::text)
                        .map(text -> without.matcher(text).replaceAll(""))
                        .forEach(text -> CODE.matcher(text).results().forEach(found -> codes.add(found.group())));
            }
        }
        return codes;
    }

    /** Of all modules. */
    private static List<Path> sources(String kind) throws IOException {
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            List<Path> sources = modules.map(module -> module.resolve(Path.of("src", kind, "java")))
                    .filter(Files::isDirectory)
                    .sorted()
                    .toList();
            assertThat(sources).as("modules with src/%s/java", kind).hasSizeGreaterThan(2);
            return sources;
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> found(Pattern pattern) {
        List<String> found = new ArrayList<>();
        Matcher row = pattern.matcher(text(Path.of("..", "docs", "codes.md")));
        while (row.find()) {
            found.add(row.group(1));
        }
        return found;
    }

    @Test
    void theDocumentHasTheCodesThatThereAreInTheirOrder() throws IOException {
        assertThat(found(FIRST_CELL)).containsExactlyElementsOf(codes("main", Pattern.compile("(?!)")));
    }

    @Test
    void eachRowSaysWhatItMeansWhyWhatToDoAndWhereItIsSeen() {
        assertThat(found(ROW)).isEqualTo(found(FIRST_CELL));
    }

    @Test
    void eachCodeIsProvokedByATest() throws IOException {
        SortedSet<String> codes = codes("main", Pattern.compile("(?!)"));
        codes.removeAll(codes("test", MADE_BY_A_TEST));
        assertThat(codes).containsExactlyElementsOf(NOT_PROVOKED.keySet());
        assertThat(NOT_PROVOKED).hasSizeLessThanOrEqualTo(NOT_PROVOKED_MOST);
    }
}
