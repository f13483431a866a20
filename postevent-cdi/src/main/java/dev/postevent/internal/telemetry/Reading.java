package dev.postevent.internal.telemetry;

import java.util.Map;

/**
 * A number of a sample.
 *
 * @param metric one of {@link Metric.Kind#GAUGE} or {@link Metric.Kind#TOTAL}
 * @param attributes by their names in {@link Label}; the application's is not among them
 */
public record Reading(Metric metric, double value, Map<String, String> attributes) {
    public Reading {
        attributes = Map.copyOf(attributes);
    }
}
