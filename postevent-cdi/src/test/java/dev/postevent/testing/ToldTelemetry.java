package dev.postevent.testing;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import jakarta.enterprise.context.Dependent;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.spi.AfterBeanDiscovery;
import jakarta.enterprise.inject.spi.Extension;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** OpenTelemetry's own SDK as a server has it, whose bean it adds; what it was told stays here. */
public final class ToldTelemetry implements Extension, AutoCloseable {
    private final InMemoryMetricReader metrics = InMemoryMetricReader.create();
    private final InMemorySpanExporter spans = InMemorySpanExporter.create();
    private final OpenTelemetrySdk sdk = OpenTelemetrySdk.builder()
            .setMeterProvider(
                    SdkMeterProvider.builder().registerMetricReader(metrics).build())
            .setTracerProvider(SdkTracerProvider.builder()
                    .addSpanProcessor(SimpleSpanProcessor.create(spans))
                    .build())
            .build();

    void add(@Observes AfterBeanDiscovery discovery) {
        discovery
                .<OpenTelemetry>addBean()
                .beanClass(ToldTelemetry.class)
                .types(OpenTelemetry.class, Object.class)
                .scope(Dependent.class)
                .createWith(context -> sdk);
    }

    public OpenTelemetry api() {
        return sdk;
    }

    /** All metrics, as an exporter collects them now. */
    public Collection<MetricData> collect() {
        return metrics.collectAllMetrics();
    }

    /** What a metric says now where all of {@code attributes} are so; of a histogram, how much was measured. Several are added. */
    public double value(String name, Map<String, String> attributes) {
        return collect().stream()
                .filter(metric -> metric.getName().equals(name))
                .flatMap(metric -> metric.getData().getPoints().stream())
                .filter(point -> has(point, attributes))
                .mapToDouble(ToldTelemetry::value)
                .sum();
    }

    private static boolean has(PointData point, Map<String, String> attributes) {
        return attributes.entrySet().stream()
                .allMatch(
                        one -> one.getValue().equals(point.getAttributes().get(AttributeKey.stringKey(one.getKey()))));
    }

    private static double value(PointData point) {
        if (point instanceof LongPointData number) {
            return number.getValue();
        }
        return point instanceof DoublePointData number ? number.getValue() : ((HistogramPointData) point).getCount();
    }

    /** The spans that have ended, of this name. */
    public List<SpanData> spans(String name) {
        return spans.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals(name))
                .toList();
    }

    @Override
    public void close() {
        sdk.close();
    }
}
