package dev.postevent.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A table in a document of the project that the code gives, between two markers. */
public final class DocumentedTable {
    private DocumentedTable() {}

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
