package dev.postevent.benchmarks;

/**
 * A figure against its target.
 *
 * @param id as in the list of targets: P1 ...
 * @param figure what is compared
 * @param value what was measured
 * @param target what it should be
 * @param atLeast true if more is better
 * @param unit of value and target; empty: a ratio
 */
record Verdict(String id, String figure, double value, double target, boolean atLeast, String unit) {

    static Verdict atLeast(String id, String figure, double ratio, double target) {
        return new Verdict(id, figure, ratio, target, true, "");
    }

    static Verdict atMost(String id, String figure, double ratio, double target) {
        return new Verdict(id, figure, ratio, target, false, "");
    }

    static Verdict atMost(String id, String figure, double value, double target, String unit) {
        return new Verdict(id, figure, value, target, false, unit);
    }

    boolean met() {
        return atLeast ? value >= target : value <= target;
    }

    /** The target in words. */
    String wanted() {
        return (atLeast ? "≥ " : "≤ ") + number(target) + suffix();
    }

    /** The value in words. */
    String measured() {
        return number(value) + suffix();
    }

    private String suffix() {
        return unit.isEmpty() ? "" : " " + unit;
    }

    private static String number(double number) {
        return number >= 100 ? String.format("%,.0f", number) : String.format("%.2f", number);
    }
}
