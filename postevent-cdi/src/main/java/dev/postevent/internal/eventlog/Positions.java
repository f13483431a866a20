package dev.postevent.internal.eventlog;

/** Positions as a person reads them. */
final class Positions {
    private static final int RUNS_MAX = 10;

    private Positions() {}

    /** Ascending positions, runs as {@code first-last}, cut after 10 of them. */
    static String text(long[] positions) {
        StringBuilder text = new StringBuilder();
        int runs = 0;
        for (int from = 0; from < positions.length; ) {
            int to = from;
            while (to + 1 < positions.length && positions[to + 1] == positions[to] + 1) {
                to++;
            }
            if (++runs > RUNS_MAX) {
                return text.append(", ...").toString();
            }
            text.append(from == 0 ? "" : ", ").append(positions[from]);
            if (to > from) {
                text.append('-').append(positions[to]);
            }
            from = to + 1;
        }
        return text.toString();
    }
}
