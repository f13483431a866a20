package dev.postevent.internal.outbox;

/** Text from outside, made fit for a message or a log: escaped and cut. */
final class Printable {
    private static final int LENGTH_MAX = 80;
    private static final int RUNS_MAX = 10;

    private Printable() {}

    /** {@code value} in quotes, with everything but visible ASCII escaped, cut at 80 characters. */
    static String quoted(String value) {
        StringBuilder text = new StringBuilder("'");
        value.chars().limit(LENGTH_MAX).forEach(unit -> append(text, (char) unit));
        return text.append(value.length() > LENGTH_MAX ? "...' (" + value.length() + " characters)" : "'")
                .toString();
    }

    /** Ascending positions, runs as {@code first-last}, cut after 10 of them. */
    static String positions(long[] positions) {
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

    private static void append(StringBuilder text, char unit) {
        if (unit >= ' ' && unit <= '~' && unit != '\\' && unit != '\'') {
            text.append(unit);
        } else {
            text.append(String.format("\\u%04x", (int) unit));
        }
    }
}
