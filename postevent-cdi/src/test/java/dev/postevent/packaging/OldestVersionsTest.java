package dev.postevent.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** Whatever is put into one of our JARs has an oldest version in the build, and in docs/security.md. */
class OldestVersionsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern OLDEST = Pattern.compile("([^:]+):([^:]+):\\(,([^,)]+)\\)");

    private static final List<String> SHADED = new ArrayList<>();
    private static final List<Oldest> ALL = new ArrayList<>();

    /** Of all artifacts of a group where {@code artifact} is {@code *}. */
    private record Oldest(String group, String artifact, String version) {
        static Oldest of(String excluded) {
            Matcher parts = OLDEST.matcher(excluded);
            assertThat(parts.matches())
                    .as("%s is group:artifact:(,version)", excluded)
                    .isTrue();
            return new Oldest(parts.group(1), parts.group(2), parts.group(3));
        }

        boolean covers(String shaded) {
            return shaded.equals(group + ":" + artifact) || (artifact.equals("*") && shaded.startsWith(group + ":"));
        }
    }

    @BeforeAll
    static void readBuild() throws IOException, ParserConfigurationException, SAXException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            for (Path pom : Stream.concat(Stream.of(ROOT), modules)
                    .map(module -> module.resolve("pom.xml"))
                    .filter(Files::exists)
                    .toList()) {
                Element project = DocumentBuilderFactory.newInstance()
                        .newDocumentBuilder()
                        .parse(pom.toFile())
                        .getDocumentElement();
                for (Element parts : all(project, "artifactSet")) {
                    all(parts, "include").forEach(one -> SHADED.add(one.getTextContent()));
                }
                for (Element execution : all(project, "execution")) {
                    if (all(execution, "id").stream()
                            .anyMatch(id -> id.getTextContent().equals("oldest-versions"))) {
                        all(execution, "exclude").forEach(one -> ALL.add(Oldest.of(one.getTextContent())));
                    }
                }
            }
        }
    }

    private static List<Element> all(Element in, String name) {
        NodeList found = in.getElementsByTagName(name);
        return IntStream.range(0, found.getLength())
                .mapToObj(i -> (Element) found.item(i))
                .toList();
    }

    /** The fault: five groups had one, and seventeen things are in the JARs. */
    @Test
    void eachShadedArtifactHasOne() {
        assertThat(SHADED).contains("io.netty:*", "org.postgresql:postgresql");
        assertThat(SHADED).allSatisfy(shaded -> assertThat(ALL).anyMatch(oldest -> oldest.covers(shaded)));
        assertThat(ALL)
                .as("of what is in no JAR")
                .allSatisfy(oldest -> assertThat(SHADED).anyMatch(oldest::covers));
    }

    @Test
    void eachIsDocumented() throws IOException {
        String document = Files.readString(ROOT.resolve("docs").resolve("security.md"));
        assertThat(ALL)
                .allSatisfy(oldest -> assertThat(document)
                        .contains("| `" + oldest.group() + ":" + oldest.artifact() + "` | " + oldest.version() + " |"));
    }
}
