package dev.postevent.internal.health;

import dev.postevent.testing.DocumentedTable;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** docs/operations.md has exactly the items that the checks tell: the list is API. */
class HealthDataDocTest {
    private static final String BEGIN = "<!-- health data: checked against the code by HealthDataDocTest -->\n";
    private static final String END = "<!-- end of health data -->";

    @Test
    void theDocumentedDataAreThoseOfTheCode() throws IOException {
        DocumentedTable.mustBe(table(), "operations.md", BEGIN, END, "health-data.md");
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
