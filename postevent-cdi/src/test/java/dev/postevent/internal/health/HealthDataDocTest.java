package dev.postevent.internal.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** docs/operations.md has exactly the items that the checks tell: the list is API. */
class HealthDataDocTest {
    private static final String BEGIN = "<!-- health data: checked against the code by HealthDataDocTest -->\n";
    private static final String END = "<!-- end of health data -->";

    @Test
    void theDocumentedDataAreThoseOfTheCode() throws IOException {
        String expected = table();
        Path copy = Path.of("target", "health-data.md");
        Files.createDirectories(copy.getParent());
        Files.writeString(copy, expected);
        String document = Files.readString(Path.of("..", "docs", "operations.md"));
        int begin = document.indexOf(BEGIN);
        assertThat(begin).as("the marker before the table").isNotNegative();
        assertThat(document.substring(begin + BEGIN.length(), document.indexOf(END)))
                .as("docs/operations.md differs from what health tells; the right table is in %s", copy)
                .isEqualTo(expected);
    }

    private static String table() {
        StringBuilder table = new StringBuilder("| key | value | told with | what it is |\n|---|---|---|---|\n");
        for (HealthKey key : HealthKey.values()) {
            table.append("| `")
                    .append(key.keyName())
                    .append("` | ")
                    .append(key.type().written())
                    .append(" | ")
                    .append(
                            key.told() == HealthKey.Told.ALWAYS
                                    ? ""
                                    : "`" + key.told().name().toLowerCase(Locale.ROOT) + "`")
                    .append(" | ")
                    .append(key.meaning())
                    .append(" |\n");
        }
        return table.toString();
    }
}
