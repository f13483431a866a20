package dev.postevent.internal.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Rules and dashboard of server-config name metrics and attributes that there are, as Prometheus writes what comes by OTLP. */
class DashboardTest {
    private static final Path FOLDER = Path.of("..", "server-config", "src", "main", "resources");
    private static final Pattern NAME = Pattern.compile("\\b(?:postevent|messaging|error)_[a-z_]+");
    /** Of a rule, which may go on in the next lines. */
    private static final Pattern RULE =
            Pattern.compile("\\bexpr: (?:>-\\n)?(.*?)(?=\\n +(?:for|labels):)", Pattern.DOTALL);

    /** As https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/ says. */
    private static Stream<String> written(Metric metric) {
        String name = metric.title().replace('.', '_')
                + switch (metric.unit()) {
                    case "s" -> "_seconds";
                    case "By" -> "_bytes";
                    default -> "";
                };
        return switch (metric.kind()) {
            case GAUGE -> Stream.of(name);
            case COUNTER, TOTAL -> Stream.of(name + "_total");
            case HISTOGRAM -> Stream.of(name + "_bucket", name + "_sum", name + "_count");
        };
    }

    private static Set<String> metrics() {
        return Arrays.stream(Metric.values()).flatMap(DashboardTest::written).collect(Collectors.toSet());
    }

    private static Set<String> labels() {
        Set<String> all = new HashSet<>();
        for (Metric metric : Metric.values()) {
            metric.labels().forEach(label -> all.add(label.replace('.', '_')));
        }
        all.add(Label.APPLICATION.replace('.', '_'));
        return all;
    }

    private static List<String> rules() throws IOException {
        String text = Files.readString(FOLDER.resolve("prometheus").resolve("postevent-alerts.yml"));
        List<String> rules =
                RULE.matcher(text).results().map(match -> match.group(1)).toList();
        assertThat(rules)
                .hasSameSizeAs(
                        Pattern.compile("- alert:").matcher(text).results().toList());
        // what a rule tells has labels, too
        List<String> all = new ArrayList<>(rules);
        Pattern.compile("\\$labels\\.(\\w+)").matcher(text).results().forEach(match -> all.add(match.group(1)));
        return all;
    }

    private static List<String> panels() throws IOException {
        String text = Files.readString(FOLDER.resolve("grafana").resolve("postevent-dashboard.json"));
        try (JsonReader reader = Json.createReader(new StringReader(text))) {
            JsonObject dashboard = reader.readObject();
            List<String> all = new ArrayList<>();
            for (JsonObject panel : dashboard.getJsonArray("panels").getValuesAs(JsonObject.class)) {
                if (panel.containsKey("targets")) {
                    for (JsonObject target : panel.getJsonArray("targets").getValuesAs(JsonObject.class)) {
                        all.add(target.getString("expr"));
                        all.add(target.getString("legendFormat"));
                    }
                }
            }
            for (JsonValue variable : dashboard.getJsonObject("templating").getJsonArray("list")) {
                all.add(variable.toString());
            }
            return all;
        }
    }

    private static Set<String> names(List<String> texts) {
        return texts.stream()
                .flatMap(text -> NAME.matcher(text).results())
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void assertKnown(Set<String> names) {
        Set<String> known = new HashSet<>(metrics());
        known.addAll(labels());
        assertThat(names)
                .contains("postevent_subscription_lag_time_seconds", "messaging_destination_subscription_name")
                .isSubsetOf(known);
    }

    @Test
    void rulesNameWhatThereIs() throws IOException {
        assertKnown(names(rules()));
    }

    @Test
    void theDashboardNamesWhatThereIs() throws IOException {
        assertKnown(names(panels()));
    }

    @Test
    void everyMetricIsOnTheDashboard() throws IOException {
        Set<String> shown = names(panels());
        assertThat(Metric.values())
                .allSatisfy(
                        metric -> assertThat(written(metric)).as(metric.title()).anyMatch(shown::contains));
    }
}
