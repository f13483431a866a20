package dev.postevent.grpc;

import dev.postevent.spi.ConfigKey;
import dev.postevent.testing.DocumentedTable;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** docs/configuration.md has exactly the table that the code gives; bounds are printed from the numbers that values are held to. */
class GrpcConfigurationDocTest {
    private static final String BEGIN = "<!-- grpc keys: checked against the code by GrpcConfigurationDocTest -->\n";
    private static final String END = "<!-- end of grpc keys -->";

    @Test
    void theDocumentedKeysAreThoseOfTheCode() throws IOException {
        DocumentedTable.mustBe(table(), "configuration.md", BEGIN, END, "configuration-keys.md");
    }

    private static String table() {
        StringBuilder table =
                new StringBuilder("| key | default | unit or values | what it does |\n|---|---|---|---|\n");
        for (ConfigKey key : new GrpcTransport().keys()) {
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
}
