package dev.postevent.internal.telemetry;

import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.DoubleHistogramBuilder;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All that is of {@code io.opentelemetry}: made by its name, where that can be linked. It is compiled with API 1.29, the oldest that our
 * servers have; what later ones added is called by reflection, and done without.
 *
 * <p>Nothing of a context is carried by threads, as no server takes it from one of its threads to another one: an event carries its
 * publisher's, and the span of a call is current on the thread that makes it and nowhere else.
 *
 * <p>Longer than most: it is the one class that may know these types.
 */
final class OpenTelemetrySignals implements Signals {
    private static final System.Logger LOG = System.getLogger("dev.postevent");
    private static final String SCOPE = "dev.postevent";
    /** Most links of one span; SDKs keep as many if nothing else is said. */
    private static final int LINKS_MAX = 128;

    /** What the conventions ask for; the default ones are made for milliseconds, and have all of ours in one. */
    private static final List<Double> SECONDS =
            List.of(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0);

    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey(Label.SYSTEM);
    private static final AttributeKey<String> DESTINATION = AttributeKey.stringKey(Label.DESTINATION);
    private static final AttributeKey<String> SUBSCRIPTION = AttributeKey.stringKey(Label.SUBSCRIPTION);
    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey(Label.OPERATION);
    private static final AttributeKey<String> OPERATION_TYPE = AttributeKey.stringKey(Label.OPERATION_TYPE);
    private static final AttributeKey<String> APPLICATION = AttributeKey.stringKey(Label.APPLICATION);
    private static final AttributeKey<String> ERROR = AttributeKey.stringKey(Label.ERROR);
    private static final AttributeKey<Long> BATCH_COUNT = AttributeKey.longKey(Label.BATCH_COUNT);
    private static final AttributeKey<Long> POSITION = AttributeKey.longKey(Label.POSITION);
    private static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey(Label.ATTEMPT);
    private static final AttributeKey<String> EVENT_ID = AttributeKey.stringKey("cloudevents.event_id");
    private static final AttributeKey<String> EVENT_SOURCE = AttributeKey.stringKey("cloudevents.event_source");
    private static final AttributeKey<String> EVENT_TYPE = AttributeKey.stringKey("cloudevents.event_type");
    private static final AttributeKey<String> EVENT_SUBJECT = AttributeKey.stringKey("cloudevents.event_subject");

    private static final W3CTraceContextPropagator CONTEXTS = W3CTraceContextPropagator.getInstance();

    private final String application;
    private final Meter meter;
    private final Tracer tracer;
    private final LongCounter sent;
    private final LongCounter consumed;
    private final DoubleHistogram duration;
    private final ConcurrentMap<TopicName, Attributes> sentTo = new ConcurrentHashMap<>();
    private final List<AutoCloseable> observers = new ArrayList<>();

    /** Takes meter and tracer at once: see {@link Telemetry#begin}. */
    OpenTelemetrySignals(Object openTelemetry, String application) {
        OpenTelemetry telemetry = (OpenTelemetry) openTelemetry;
        this.application = application;
        this.meter = telemetry.getMeter(SCOPE);
        this.tracer = telemetry.getTracer(SCOPE);
        this.sent = counter(Metric.SENT);
        this.consumed = counter(Metric.CONSUMED);
        DoubleHistogramBuilder builder = meter.histogramBuilder(Metric.PROCESS_DURATION.title())
                .setUnit(Metric.PROCESS_DURATION.unit())
                .setDescription(Metric.PROCESS_DURATION.meaning());
        BucketAdvice.give(DoubleHistogramBuilder.class, builder, SECONDS);
        this.duration = builder.build();
    }

    private LongCounter counter(Metric metric) {
        return meter.counterBuilder(metric.title())
                .setUnit(metric.unit())
                .setDescription(metric.meaning())
                .build();
    }

    private AttributesBuilder attributes() {
        return Attributes.builder().put(SYSTEM, Label.POSTEVENT).put(APPLICATION, application);
    }

    @Override
    public void sent(TopicName topic, long events) {
        sent.add(
                events,
                sentTo.computeIfAbsent(
                        topic,
                        name -> attributes()
                                .put(DESTINATION, name.value())
                                .put(OPERATION, "publish")
                                .build()));
    }

    @Override
    public void observe(Supplier<@Nullable List<Reading>> sample) {
        for (Metric metric : Metric.values()) {
            switch (metric.kind()) {
                case GAUGE -> gauge(metric, sample);
                case TOTAL -> total(metric, sample);
                case COUNTER, HISTOGRAM -> {
                    // made above, and written where it happens
                }
            }
        }
    }

    private void gauge(Metric metric, Supplier<@Nullable List<Reading>> sample) {
        if (metric.unit().equals("s")) {
            observers.add(meter.gaugeBuilder(metric.title())
                    .setUnit(metric.unit())
                    .setDescription(metric.meaning())
                    .buildWithCallback(
                            result -> each(metric, sample, one -> result.record(one.value(), attributesOf(one)))));
        } else {
            observers.add(meter.gaugeBuilder(metric.title())
                    .ofLongs()
                    .setUnit(metric.unit())
                    .setDescription(metric.meaning())
                    .buildWithCallback(result ->
                            each(metric, sample, one -> result.record((long) one.value(), attributesOf(one)))));
        }
    }

    private void total(Metric metric, Supplier<@Nullable List<Reading>> sample) {
        observers.add(meter.counterBuilder(metric.title())
                .setUnit(metric.unit())
                .setDescription(metric.meaning())
                .buildWithCallback(result ->
                        each(metric, sample, one -> result.record((long) one.value(), attributesOf(one)))));
    }

    private static void each(Metric metric, Supplier<@Nullable List<Reading>> sample, Consumer<Reading> to) {
        List<Reading> readings = sample.get();
        if (readings != null) {
            readings.stream().filter(one -> one.metric() == metric).forEach(to);
        }
    }

    private Attributes attributesOf(Reading one) {
        AttributesBuilder all = attributes();
        one.attributes().forEach(all::put);
        return all.build();
    }

    @Override
    public Publishing publishing(TopicName topic, List<? extends @Nullable CloudEvent> events) {
        SpanBuilder builder = tracer.spanBuilder("publish " + topic)
                .setSpanKind(SpanKind.PRODUCER)
                .setAttribute(SYSTEM, Label.POSTEVENT)
                .setAttribute(DESTINATION, topic.value())
                .setAttribute(OPERATION, "publish")
                .setAttribute(OPERATION_TYPE, "send");
        CloudEvent only = events.size() == 1 ? events.get(0) : null;
        if (only != null) {
            describe(builder, only.getId(), String.valueOf(only.getSource()), only.getType(), only.getSubject());
        } else {
            builder.setAttribute(BATCH_COUNT, (long) events.size());
        }
        Span span = builder.startSpan();
        Map<String, String> context = new TreeMap<>();
        CONTEXTS.inject(Context.root().with(span), context, (carrier, key, value) -> {
            if (carrier != null) {
                carrier.put(key, value);
            }
        });
        List<@Nullable CloudEvent> traced = new ArrayList<>(events.size());
        events.forEach(event -> traced.add(TracedEvent.of(event, context)));
        return new Publishing() {
            @Override
            public List<@Nullable CloudEvent> events() {
                return traced;
            }

            @Override
            public void ended(@Nullable Throwable failure) {
                end(span, failure);
            }
        };
    }

    private static void describe(
            SpanBuilder builder,
            @Nullable String id,
            @Nullable String source,
            @Nullable String type,
            @Nullable String subject) {
        attribute(builder, EVENT_ID, id);
        attribute(builder, EVENT_SOURCE, source);
        attribute(builder, EVENT_TYPE, type);
        attribute(builder, EVENT_SUBJECT, subject);
    }

    private static void attribute(SpanBuilder builder, AttributeKey<String> key, @Nullable String value) {
        if (value != null) {
            builder.setAttribute(key, value);
        }
    }

    private static void end(Span span, @Nullable Throwable failure) {
        if (failure != null) {
            span.setStatus(StatusCode.ERROR);
            span.setAttribute(ERROR, failure.getClass().getName());
            span.recordException(failure);
        }
        span.end();
    }

    @Override
    public Observing observing(TopicName topic, String subscription) {
        Attributes well = attributes()
                .put(DESTINATION, topic.value())
                .put(SUBSCRIPTION, subscription)
                .put(OPERATION, "process")
                .build();
        return (events, attempt) -> {
            SpanBuilder builder = tracer.spanBuilder("process " + subscription)
                    .setSpanKind(SpanKind.CONSUMER)
                    .setNoParent()
                    .setAttribute(SYSTEM, Label.POSTEVENT)
                    .setAttribute(DESTINATION, topic.value())
                    .setAttribute(SUBSCRIPTION, subscription)
                    .setAttribute(OPERATION, "process")
                    .setAttribute(OPERATION_TYPE, "process")
                    .setAttribute(ATTEMPT, (long) attempt)
                    .setAttribute(POSITION, events.get(0).position());
            if (events.size() == 1) {
                LogEntry only = events.get(0);
                describe(builder, only.id(), only.source(), only.type(), only.subject());
            } else {
                builder.setAttribute(BATCH_COUNT, (long) events.size());
            }
            contexts(events).forEach(builder::addLink);
            consumed.add(events.size(), well);
            return new Handling(builder.startSpan(), well);
        };
    }

    /** A call of an observer, on one thread. */
    private final class Handling implements Call {
        private final Span span;
        private final Scope scope;
        private final Attributes well;
        private final long began = System.nanoTime();

        @SuppressWarnings("MustBeClosedChecker") // by who ends the call
        Handling(Span span, Attributes well) {
            this.span = span;
            this.well = well;
            this.scope = Context.root().with(span).makeCurrent();
        }

        @Override
        public void ended(@Nullable Throwable failure) {
            scope.close();
            double seconds = (System.nanoTime() - began) / 1e9;
            duration.record(
                    seconds,
                    failure == null
                            ? well
                            : well.toBuilder()
                                    .put(ERROR, failure.getClass().getName())
                                    .build());
            end(span, failure);
        }
    }

    @Override
    public void received(TopicName topic, List<LogEntry> entries, Duration took) {
        Set<SpanContext> publishers = contexts(entries);
        if (publishers.isEmpty()) {
            // nobody looks for it
            return;
        }
        Instant now = Instant.now();
        SpanBuilder builder = tracer.spanBuilder("receive " + topic)
                .setSpanKind(SpanKind.CONSUMER)
                .setNoParent()
                .setStartTimestamp(now.minus(took))
                .setAttribute(SYSTEM, Label.POSTEVENT)
                .setAttribute(DESTINATION, topic.value())
                .setAttribute(OPERATION, "receive")
                .setAttribute(OPERATION_TYPE, "receive")
                .setAttribute(BATCH_COUNT, (long) entries.size());
        publishers.forEach(builder::addLink);
        builder.startSpan().end(now);
    }

    /** Whose the events are, each once, as far as that is known. */
    private static Set<SpanContext> contexts(List<LogEntry> events) {
        Set<SpanContext> all = new LinkedHashSet<>();
        for (LogEntry event : events) {
            if (event.traceparent() != null && all.size() < LINKS_MAX) {
                SpanContext context = Span.fromContext(CONTEXTS.extract(Context.root(), event, Carried.INSTANCE))
                        .getSpanContext();
                if (context.isValid()) {
                    all.add(context);
                }
            }
        }
        return all;
    }

    /** What an event carries. */
    private enum Carried implements TextMapGetter<LogEntry> {
        INSTANCE;

        @Override
        public Iterable<String> keys(LogEntry event) {
            return List.of(TracedEvent.TRACEPARENT, TracedEvent.TRACESTATE);
        }

        @Override
        public @Nullable String get(@Nullable LogEntry event, String key) {
            if (event == null) {
                return null;
            }
            if (key.equals(TracedEvent.TRACEPARENT)) {
                return event.traceparent();
            }
            String extensions = event.extensions();
            // the event is taken apart for those that have one
            return extensions != null
                            && extensions.contains('"' + key + '"')
                            && event.toCloudEvent().getExtension(key) instanceof String text
                    ? text
                    : null;
        }
    }

    @Override
    public void close() {
        for (AutoCloseable observer : observers) {
            try {
                observer.close();
            } catch (Exception e) {
                LOG.log(Level.WARNING, "a gauge could not be taken back from OpenTelemetry", e);
            }
        }
    }
}
