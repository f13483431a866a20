package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.ConfigKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A table in a document of the project that the code gives, between two markers. */
public final class DocumentedTable {
    private DocumentedTable() {}

    /** The table of the keys of a JAR beside the library. */
    public static String ofKeys(List<ConfigKey> keys) {
        StringBuilder table =
                new StringBuilder("| key | default | unit or values | what it does |\n|---|---|---|---|\n");
        for (ConfigKey key : keys) {
            table.append("| `")
                    .append(key.name())
                    .append("` | ")
                    .append(key.defaultValue().map(value -> "`" + value + "`").orElse(""))
                    .append(" | ")
                    .append(key.allowed())
                    .append(" | ")
                    .append(key.meaning())
                    .append(" |\n");
        }
        return table.toString();
    }

    /**
     * Fails if the document has another one; the right one is left in {@code target/<copy>}.
     *
     * @param document its file in docs
     * @param begin the marker before the table, the end of its line included
     * @param end the marker behind it
     */
    public static void mustBe(String expected, String document, String begin, String end, String copy)
            throws IOException {
        Path right = Path.of("target", copy);
        Files.createDirectories(right.getParent());
        Files.writeString(right, expected);
        String text = Files.readString(Path.of("..", "docs", document));
        int from = text.indexOf(begin);
        assertThat(from).as("the marker before the table").isNotNegative();
        assertThat(text.substring(from + begin.length(), text.indexOf(end)))
                .as("docs/%s differs from the code; the right table is in %s", document, right)
                .isEqualTo(expected);
    }
}
