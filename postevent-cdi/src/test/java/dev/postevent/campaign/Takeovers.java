package dev.postevent.campaign;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** How long it took until others went on, in milliseconds. */
final class Takeovers {
    private final String what;
    private final List<Long> millis = new ArrayList<>();

    Takeovers(String what) {
        this.what = what;
    }

    void note(long nanos) {
        millis.add(TimeUnit.NANOSECONDS.toMillis(nanos));
        Collections.sort(millis);
    }

    private long at(int percent) {
        return millis.get((millis.size() * percent - 1) / 100);
    }

    void report(Report report, Duration bound) {
        if (millis.isEmpty()) {
            return;
        }
        report.line(what + ", measured", millis.size());
        report.line(what + ", median", at(50) + " ms");
        report.line(what + ", p90", at(90) + " ms");
        report.line(
                what + ", p99",
                at(99) + " ms (" + (at(99) <= bound.toMillis() ? "under " : "NOT under ") + bound.toMillis() + " ms)");
        report.line(what + ", worst", millis.get(millis.size() - 1) + " ms");
    }
}
