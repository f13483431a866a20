package dev.postevent.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import dev.postevent.benchmarks.Scenario.Outcome;
import dev.postevent.testing.PostgresFixture;
import io.debezium.connector.postgresql.Module;
import jakarta.json.Json;
import jakarta.json.JsonArrayBuilder;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonReader;
import jakarta.json.JsonString;
import jakarta.json.JsonWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What came out: as JSON, and of that the tables of {@code docs/performance.md}. */
public final class Report {
    private static final String BEGIN = "<!-- made by benchmarks/run, from here -->";
    private static final String END = "<!-- to here -->";

    private Report() {}

    /**
     * Replaces what stands between the marks of a document by tables of a directory of results. Arguments: the two paths, and the
     * commit that was measured.
     */
    public static void main(String... arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Path document = Path.of(arguments[1]);
        String commit = arguments[2];
        String text = Files.readString(document);
        int begin = text.indexOf(BEGIN);
        int end = text.indexOf(END);
        if (begin < 0 || end < begin) {
            throw new IllegalArgumentException(document + " has no marks " + BEGIN + " and " + END);
        }
        Files.writeString(
                document,
                text.substring(0, begin + BEGIN.length()) + "\n\n" + machine(commit) + tables(directory)
                        + text.substring(end));
        System.out.println("wrote " + document);
    }

    private static String machine(String commit) throws IOException {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        try (Arena arena = new Arena()) {
            PostgresFixture.Db db = arena.emptyDatabase();
            return "`benchmarks/run` of %s at commit %s: %d CPUs that load, database and applications share, %.0f GB of memory, %s %s, JDK %s, PostgreSQL %s on the same machine (fsync %s, shared_buffers %s), Debezium %s.%n%n"
                    .formatted(
                            LocalDate.now(ZoneOffset.UTC),
                            commit,
                            system.getAvailableProcessors(),
                            system.getTotalMemorySize() / 1e9,
                            system.getName(),
                            system.getArch(),
                            Runtime.version(),
                            db.text("show server_version"),
                            db.text("show fsync"),
                            db.text("show shared_buffers"),
                            Module.version());
        }
    }

    private static String tables(Path directory) throws IOException {
        StringBuilder verdicts = new StringBuilder("| | figure | measured | target | |\n|---|---|---|---|---|\n");
        StringBuilder details = new StringBuilder();
        for (JsonObject result : results(directory)) {
            for (JsonObject verdict : result.getJsonArray("verdicts").getValuesAs(JsonObject.class)) {
                verdicts.append("| %s | %s | %s | %s | %s |%n"
                        .formatted(
                                verdict.getString("id"),
                                verdict.getString("figure"),
                                verdict.getString("measured"),
                                verdict.getString("target"),
                                verdict.getBoolean("met") ? "met" : "**not met**"));
            }
            details(result, details);
        }
        return verdicts + "\n" + details;
    }

    /** What is in a directory of results, in the order of the targets. */
    static List<JsonObject> results(Path directory) throws IOException {
        List<JsonObject> results = new ArrayList<>();
        for (Scenario scenario : Benchmarks.ALL) {
            Path file = file(scenario, directory);
            if (Files.exists(file)) {
                results.add(read(file));
            }
        }
        return results;
    }

    static JsonObject read(Path file) throws IOException {
        try (JsonReader reader = Json.createReader(Files.newBufferedReader(file))) {
            return reader.readObject();
        }
    }

    private static void details(JsonObject result, StringBuilder into) {
        into.append("### %s (%s)%n%n".formatted(result.getString("title"), result.getString("size")));
        JsonObject contenders = result.getJsonObject("contenders");
        into.append(
                "| | median | least | most | runs | JVM CPU s | database CPU s | load |\n|---|---|---|---|---|---|---|---|\n");
        contenders.forEach((name, runs) -> {
            List<JsonObject> samples = runs.asJsonArray().getValuesAs(JsonObject.class);
            double[] values = figures(samples, "value");
            into.append("| %s | %,.1f | %,.1f | %,.1f | %d | %.1f | %.1f | %.1f |%n"
                    .formatted(
                            name,
                            Contest.median(values),
                            Arrays.stream(values).min().orElse(Double.NaN),
                            Arrays.stream(values).max().orElse(Double.NaN),
                            values.length,
                            Contest.median(figures(samples, "jvmCpuSeconds")),
                            Contest.median(figures(samples, "databaseCpuSeconds")),
                            Contest.median(figures(samples, "load"))));
        });
        into.append('\n');
        JsonObject facts = result.getJsonObject("facts");
        facts.forEach((name, value) -> into.append("* %s: %s%n".formatted(name, ((JsonString) value).getString())));
        if (!facts.isEmpty()) {
            into.append('\n');
        }
    }

    private static double[] figures(List<JsonObject> samples, String name) {
        return samples.stream()
                .mapToDouble(sample -> sample.getJsonNumber(name).doubleValue())
                .toArray();
    }

    private static Path file(Scenario scenario, Path directory) {
        return directory.resolve(scenario.ids().get(0) + ".json");
    }

    /** Writes {@code DIRECTORY/<first id>.json}. */
    static void write(Scenario scenario, Size size, Outcome outcome, Path directory) throws IOException {
        JsonArrayBuilder verdicts = Json.createArrayBuilder();
        for (Verdict verdict : outcome.verdicts()) {
            verdicts.add(Json.createObjectBuilder()
                    .add("id", verdict.id())
                    .add("figure", verdict.figure())
                    .add("value", verdict.value())
                    .add("measured", verdict.measured())
                    .add("target", verdict.wanted())
                    .add("atLeast", verdict.atLeast())
                    .add("unit", verdict.unit())
                    .add("met", verdict.met()));
        }
        JsonObjectBuilder contenders = Json.createObjectBuilder();
        outcome.samples().forEach((name, samples) -> {
            JsonArrayBuilder runs = Json.createArrayBuilder();
            for (Sample sample : samples) {
                JsonObjectBuilder run = Json.createObjectBuilder()
                        .add("value", sample.value())
                        .add("seconds", sample.seconds())
                        .add("jvmCpuSeconds", sample.jvmCpu())
                        .add("databaseCpuSeconds", sample.databaseCpu())
                        .add("load", sample.load());
                sample.more().forEach(run::add);
                runs.add(run);
            }
            contenders.add(name, runs);
        });
        JsonObjectBuilder facts = Json.createObjectBuilder();
        for (Map.Entry<String, String> fact : outcome.facts().entrySet()) {
            facts.add(fact.getKey(), fact.getValue());
        }
        try (JsonWriter writer = Json.createWriter(Files.newBufferedWriter(file(scenario, directory)))) {
            writer.writeObject(Json.createObjectBuilder()
                    .add("ids", Json.createArrayBuilder(scenario.ids()))
                    .add("title", scenario.title())
                    .add("size", size.name().toLowerCase(Locale.ROOT))
                    .add("verdicts", verdicts)
                    .add("contenders", contenders)
                    .add("facts", facts)
                    .build());
        }
    }
}
