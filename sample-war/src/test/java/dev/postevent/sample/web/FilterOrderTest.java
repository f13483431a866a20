package dev.postevent.sample.web;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.Filter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** {@code web.xml} has every filter there is, and the order that each of them relies on. */
class FilterOrderTest {

    @Test
    void everyFilterIsThereForEveryRequestAndTheBodyComesLast() throws Exception {
        Document descriptor = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(Path.of("src", "main", "webapp", "WEB-INF", "web.xml").toFile());
        Map<String, String> classes = new TreeMap<>();
        for (Element filter : elements(descriptor.getElementsByTagName("filter"))) {
            classes.put(text(filter, "filter-name"), text(filter, "filter-class"));
            assertThat(text(filter, "async-supported")).isEqualTo("true");
        }
        List<String> order = new ArrayList<>();
        for (Element mapping : elements(descriptor.getElementsByTagName("filter-mapping"))) {
            order.add(classes.get(text(mapping, "filter-name")));
            assertThat(text(mapping, "url-pattern")).isEqualTo("/*");
        }
        assertThat(order)
                .containsExactly(
                        BrowserRules.class.getName(),
                        KnownHost.class.getName(),
                        SameSite.class.getName(),
                        BodyLimit.class.getName());
        assertThat(filters()).containsExactlyInAnyOrderElementsOf(order);
    }

    private static List<String> filters() throws IOException, ClassNotFoundException {
        List<String> filters = new ArrayList<>();
        Path root = Path.of("src", "main", "java");
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file :
                    files.filter(one -> one.toString().endsWith(".java")).toList()) {
                String name = root.relativize(file)
                        .toString()
                        .replaceFirst("\\.java$", "")
                        .replace('/', '.');
                if (!name.endsWith("package-info")
                        && Filter.class.isAssignableFrom(
                                Class.forName(name, false, FilterOrderTest.class.getClassLoader()))) {
                    filters.add(name);
                }
            }
        }
        return filters;
    }

    private static List<Element> elements(NodeList nodes) {
        List<Element> elements = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            elements.add((Element) nodes.item(i));
        }
        return elements;
    }

    private static String text(Element parent, String child) {
        return parent.getElementsByTagName(child).item(0).getTextContent().strip();
    }
}
