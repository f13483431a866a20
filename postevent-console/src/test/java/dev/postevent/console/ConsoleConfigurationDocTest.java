package dev.postevent.console;

import dev.postevent.testing.DocumentedTable;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** docs/configuration.md has exactly the table that the code gives; bounds are printed from the numbers that values are held to. */
class ConsoleConfigurationDocTest {
    private static final String BEGIN =
            "<!-- console keys: checked against the code by ConsoleConfigurationDocTest -->\n";
    private static final String END = "<!-- end of console keys -->";

    @Test
    void theDocumentedKeysAreThoseOfTheCode() throws IOException {
        DocumentedTable.mustBe(
                DocumentedTable.ofKeys(new ConsoleKeys().keys()),
                "configuration.md",
                BEGIN,
                END,
                "configuration-keys.md");
    }
}
