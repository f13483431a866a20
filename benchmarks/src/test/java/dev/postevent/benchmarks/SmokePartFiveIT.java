package dev.postevent.benchmarks;

import java.util.stream.Stream;
import org.junit.jupiter.api.Named;

class SmokePartFiveIT extends Smoke {
    static Stream<Named<Scenario>> scenarios() {
        return part(4);
    }
}
