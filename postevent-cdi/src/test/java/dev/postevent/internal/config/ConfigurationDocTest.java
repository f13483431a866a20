package dev.postevent.internal.config;

import dev.postevent.testing.DocumentedTable;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** docs/configuration.md has exactly the table that the code gives; bounds are printed from the numbers that values are held to. */
class ConfigurationDocTest {
    private static final String BEGIN = "<!-- keys: checked against the code by ConfigurationDocTest -->\n";
    private static final String END = "<!-- end of keys -->";

    @Test
    void theDocumentedKeysAreThoseOfTheCode() throws IOException {
        DocumentedTable.mustBe(table(), "configuration.md", BEGIN, END, "configuration-keys.md");
    }

    private static String table() {
        StringBuilder table =
                new StringBuilder("| key | default | unit or values | what it does |\n|---|---|---|---|\n");
        for (Key key : Key.values()) {
            table.append("| `")
                    .append(key.keyName())
                    .append("` | ")
                    .append(key.defaultValue().isEmpty() ? "" : "`" + key.defaultValue() + "`")
                    .append(" | ")
                    .append(key.allowed())
                    .append(" | ")
                    .append(key.meaning())
                    .append(" |\n");
        }
        return table.toString();
    }
}
