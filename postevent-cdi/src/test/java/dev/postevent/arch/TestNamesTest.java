package dev.postevent.arch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The name of a test class says which one it is: in reports, in {@code -Dtest=} and {@code -Dit.test=}, in the lists of the build files
 * and in documents there is no package beside it.
 */
class TestNamesTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern MODULE = Pattern.compile("<module>(.+)</module>");

    /** The fault: two of one name, of which an include meant one and ran both. */
    @Test
    void noTwoClassesOfTestsHaveOneSimpleName() throws IOException {
        Map<String, TreeSet<Path>> places = new TreeMap<>();
        List<String> modules = MODULE.matcher(Files.readString(ROOT.resolve("pom.xml")))
                .results()
                .map(module -> module.group(1))
                .toList();
        for (String module : modules) {
            Path tests = ROOT.resolve(module).resolve("src").resolve("test").resolve("java");
            if (Files.exists(tests)) {
                try (Stream<Path> files = Files.walk(tests)) {
                    files.filter(file -> file.toString().endsWith(".java") && !file.endsWith("package-info.java"))
                            .forEach(file -> places.computeIfAbsent(
                                            file.getFileName().toString(), name -> new TreeSet<>())
                                    .add(file));
                }
            }
        }
        assertThat(places).containsKeys("TestNamesTest.java", "ShopIT.java");
        assertThat(places.values()).filteredOn(files -> files.size() > 1).isEmpty();
    }
}
