package dev.postevent.internal.telemetry;

import dev.postevent.testing.DocumentedTable;
import java.io.IOException;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** docs/telemetry.md has exactly the metrics of the code: their names are API. */
class TelemetryDocTest {
    private static final String BEGIN = "<!-- metrics: checked against the code by TelemetryDocTest -->\n";
    private static final String END = "<!-- end of metrics -->";

    @Test
    void theDocumentedMetricsAreThoseOfTheCode() throws IOException {
        DocumentedTable.mustBe(table(), "telemetry.md", BEGIN, END, "metrics.md");
    }

    private static String table() {
        StringBuilder table =
                new StringBuilder("| metric | kind | unit | attributes | what it is |\n|---|---|---|---|---|\n");
        for (Metric metric : Metric.values()) {
            table.append("| `")
                    .append(metric.title())
                    .append("` | ")
                    .append(
                            switch (metric.kind()) {
                                case COUNTER, TOTAL -> "counter";
                                default -> metric.kind().name().toLowerCase(Locale.ROOT);
                            })
                    .append(" | `")
                    .append(metric.unit())
                    .append("` | ")
                    .append(attributes(metric))
                    .append(" | ")
                    .append(metric.meaning())
                    .append(" |\n");
        }
        return table.toString();
    }

    private static String attributes(Metric metric) {
        return metric.labels().isEmpty() ? "" : "`" + String.join("`, `", metric.labels()) + "`";
    }
}
