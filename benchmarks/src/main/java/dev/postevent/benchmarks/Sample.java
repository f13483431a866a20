package dev.postevent.benchmarks;

import java.util.Map;
import java.util.TreeMap;

/**
 * One run of one contender.
 *
 * @param value the figure the contest is about
 * @param seconds length of what was measured
 * @param jvmCpu CPU seconds of this JVM meanwhile (all contenders and their clients live in it)
 * @param databaseCpu CPU seconds of the cluster meanwhile
 * @param load the machine's load average at the end
 * @param more further figures by name
 */
record Sample(double value, double seconds, double jvmCpu, double databaseCpu, double load, Map<String, Double> more) {

    Sample {
        more = Map.copyOf(more);
    }

    /** With one more figure. */
    Sample with(String name, double figure) {
        Map<String, Double> all = new TreeMap<>(more);
        all.put(name, figure);
        return new Sample(value, seconds, jvmCpu, databaseCpu, load, all);
    }
}
