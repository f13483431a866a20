package dev.postevent.internal.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.metrics.DoubleHistogramBuilder;
import io.opentelemetry.api.metrics.MeterProvider;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BucketAdviceTest {
    /** As the builder of a histogram is in later versions. */
    public interface LaterBuilder {
        LaterBuilder setExplicitBucketBoundariesAdvice(List<Double> boundaries);
    }

    @Test
    void aLaterApiIsToldWhichBucketsSuit() {
        List<Double> heard = new ArrayList<>();
        LaterBuilder builder = new LaterBuilder() {
            @Override
            public LaterBuilder setExplicitBucketBoundariesAdvice(List<Double> boundaries) {
                heard.addAll(boundaries);
                return this;
            }
        };
        assertThat(BucketAdvice.give(LaterBuilder.class, builder, List.of(0.1, 1.0)))
                .isTrue();
        assertThat(heard).containsExactly(0.1, 1.0);
    }

    @Test
    void theApiWeAreCompiledWithTakesNoneAndNothingIsWrong() {
        DoubleHistogramBuilder builder = MeterProvider.noop().get("test").histogramBuilder("h");
        assertThat(BucketAdvice.give(DoubleHistogramBuilder.class, builder, List.of(0.1)))
                .isFalse();
    }
}
