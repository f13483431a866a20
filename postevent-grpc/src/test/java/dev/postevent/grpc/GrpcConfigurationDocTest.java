package dev.postevent.grpc;

import dev.postevent.testing.DocumentedTable;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** docs/configuration.md has exactly the table that the code gives; bounds are printed from the numbers that values are held to. */
class GrpcConfigurationDocTest {
    private static final String BEGIN = "<!-- grpc keys: checked against the code by GrpcConfigurationDocTest -->\n";
    private static final String END = "<!-- end of grpc keys -->";

    @Test
    void theDocumentedKeysAreThoseOfTheCode() throws IOException {
        DocumentedTable.mustBe(
                DocumentedTable.ofKeys(new GrpcTransport().keys()),
                "configuration.md",
                BEGIN,
                END,
                "configuration-keys.md");
    }
}
