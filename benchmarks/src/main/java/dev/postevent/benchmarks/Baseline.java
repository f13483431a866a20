package dev.postevent.benchmarks;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import jakarta.json.JsonWriter;
import jakarta.json.JsonWriterFactory;
import jakarta.json.stream.JsonGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Ratios of a former run, to see what has become slower. Only ratios: milliseconds and percentages of a core are another machine's.
 *
 * <pre>
 * write RESULTS FILE      keeps the ratios of a directory of results
 * compare RESULTS FILE    prints them beside those of now; ends with 1 where one is worse by more than a quarter
 * </pre>
 */
public final class Baseline {
    /** Beyond what runs on a shared machine differ by. */
    private static final double WORSE = 1.25;

    private Baseline() {}

    /** See the class. */
    public static void main(String... arguments) throws IOException {
        if (arguments.length != 3) {
            throw new IllegalArgumentException("expected: write|compare RESULTS FILE");
        }
        Map<String, Ratio> now = ratios(Path.of(arguments[1]));
        if (now.isEmpty()) {
            throw new IllegalArgumentException("no results in " + arguments[1]);
        }
        Path file = Path.of(arguments[2]);
        switch (arguments[0]) {
            case "write" -> write(now, file);
            case "compare" -> {
                if (compare(now, read(file))) {
                    System.exit(1);
                }
            }
            default -> throw new IllegalArgumentException("unknown: " + arguments[0]);
        }
    }

    private record Ratio(double value, boolean atLeast) {
        boolean isWorseThan(double before) {
            return atLeast ? value * WORSE < before : value > before * WORSE;
        }
    }

    private static Map<String, Ratio> ratios(Path results) throws IOException {
        Map<String, Ratio> ratios = new LinkedHashMap<>();
        for (JsonObject result : Report.results(results)) {
            for (JsonObject verdict : result.getJsonArray("verdicts").getValuesAs(JsonObject.class)) {
                if (verdict.getString("unit").isEmpty()) {
                    ratios.put(
                            verdict.getString("id") + ": " + verdict.getString("figure"),
                            new Ratio(verdict.getJsonNumber("value").doubleValue(), verdict.getBoolean("atLeast")));
                }
            }
        }
        return ratios;
    }

    private static void write(Map<String, Ratio> ratios, Path file) throws IOException {
        JsonObjectBuilder all = Json.createObjectBuilder();
        ratios.forEach((figure, ratio) -> all.add(figure, Math.round(ratio.value() * 1_000) / 1_000.0));
        JsonWriterFactory pretty = Json.createWriterFactory(Map.of(JsonGenerator.PRETTY_PRINTING, true));
        try (JsonWriter writer = pretty.createWriter(Files.newBufferedWriter(file))) {
            writer.writeObject(all.build());
        }
        System.out.println("wrote " + ratios.size() + " ratios to " + file);
    }

    private static Map<String, Double> read(Path file) throws IOException {
        Map<String, Double> before = new LinkedHashMap<>();
        JsonObject all = Report.read(file);
        all.keySet()
                .forEach(figure -> before.put(figure, all.getJsonNumber(figure).doubleValue()));
        return before;
    }

    private static boolean compare(Map<String, Ratio> now, Map<String, Double> before) {
        boolean worse = false;
        for (Map.Entry<String, Ratio> one : now.entrySet()) {
            Double former = before.get(one.getKey());
            boolean isWorse = former != null && one.getValue().isWorseThan(former);
            worse |= isWorse;
            System.out.printf(
                    "%-80s %8s → %8.2f %s%n",
                    one.getKey(),
                    former == null ? "new" : String.format("%.2f", former),
                    one.getValue().value(),
                    isWorse ? "WORSE" : "");
        }
        return worse;
    }
}
