package dev.postevent.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.postevent.spi.TransportKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** docs/configuration.md has exactly the table that the code gives. */
class GrpcConfigurationDocTest {
    private static final String BEGIN = "<!-- grpc keys: checked against the code by GrpcConfigurationDocTest -->\n";
    private static final String END = "<!-- end of grpc keys -->";

    @Test
    void theDocumentedKeysAreThoseOfTheCode() throws IOException {
        String expected = table();
        Path copy = Path.of("target", "configuration-keys.md");
        Files.createDirectories(copy.getParent());
        Files.writeString(copy, expected);
        String document = Files.readString(Path.of("..", "docs", "configuration.md"));
        int begin = document.indexOf(BEGIN);
        assertThat(begin).as("the marker before the table").isNotNegative();
        assertThat(document.substring(begin + BEGIN.length(), document.indexOf(END)))
                .as("docs/configuration.md differs from the keys; the right table is in %s", copy)
                .isEqualTo(expected);
    }

    private static String table() {
        StringBuilder table =
                new StringBuilder("| key | default | unit or values | what it does |\n|---|---|---|---|\n");
        for (TransportKey key : new GrpcTransport().keys()) {
            table.append("| `")
                    .append(key.name())
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
