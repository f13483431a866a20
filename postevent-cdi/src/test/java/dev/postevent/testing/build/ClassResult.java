package dev.postevent.testing.build;

import java.util.List;

/**
 * One run of one test class, as a line of a file: what the build measured.
 *
 * @param build names the build, greater for a later one
 * @param run which run of the module: {@code pure}, {@code integration}, or one under a changed setting
 * @param startedMillis when it began, since the epoch
 * @param wallMillis how long it took
 * @param cpuMillis CPU time of the JVM and all it started meanwhile
 * @param failed methods that failed
 * @param again methods that failed before in this build, and passed now
 */
record ClassResult(
        String build,
        String module,
        String run,
        String name,
        long startedMillis,
        long wallMillis,
        long cpuMillis,
        int tests,
        int failed,
        List<String> again) {
    private static final String BETWEEN = ";";
    private static final int FIELDS = 10;

    ClassResult {
        again = List.copyOf(again);
    }

    /** Module, run and class: what is compared with another build. */
    String key() {
        return module + " " + (run.equals("pure") || run.equals("integration") ? "" : run + " ") + simpleName();
    }

    String simpleName() {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    String line() {
        return String.join(
                BETWEEN,
                build,
                module,
                run,
                name,
                Long.toString(startedMillis),
                Long.toString(wallMillis),
                Long.toString(cpuMillis),
                Integer.toString(tests),
                Integer.toString(failed),
                String.join(",", again));
    }

    static ClassResult of(String line) {
        String[] fields = line.split(BETWEEN, -1);
        if (fields.length != FIELDS) {
            throw new IllegalArgumentException("not the result of a test class: " + line);
        }
        return new ClassResult(
                fields[0],
                fields[1],
                fields[2],
                fields[3],
                Long.parseLong(fields[4]),
                Long.parseLong(fields[5]),
                Long.parseLong(fields[6]),
                Integer.parseInt(fields[7]),
                Integer.parseInt(fields[8]),
                fields[9].isEmpty() ? List.of() : List.of(fields[9].split(",")));
    }
}
