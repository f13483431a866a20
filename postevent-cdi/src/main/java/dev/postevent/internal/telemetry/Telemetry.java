package dev.postevent.internal.telemetry;

import dev.postevent.internal.threads.Threads;
import dev.postevent.spi.LogEntry;
import dev.postevent.spi.TopicName;
import io.cloudevents.CloudEvent;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Metrics and traces of one application, told to whatever {@code OpenTelemetry} object its CDI container has. Before {@link #begin}, after
 * {@link #close}, and where there is none, all methods do nothing and make nothing.
 *
 * <p>What goes wrong in there is no fault of an event or of a publisher: it is said once, and then nothing more is told.
 */
public final class Telemetry {
    private static final System.Logger LOG = System.getLogger("dev.postevent");
    private static final String API = "io.opentelemetry.api.OpenTelemetry";
    private static final String SIGNALS = "dev.postevent.internal.telemetry.OpenTelemetrySignals";

    private volatile @Nullable Signals signals;
    private volatile @Nullable Sampler sampler;

    /** Where beans are found. */
    public interface Beans {

        /** The one bean of a type; null: there is none, or more than one. */
        @Nullable
        Object find(Class<?> type);
    }

    /**
     * Begins to tell, if there is somebody. On the thread that starts the application: on Open Liberty a first use on another one fails.
     *
     * @param application its name, which each metric has as an attribute
     */
    public void begin(Beans beans, String application) {
        ClassLoader ours = Telemetry.class.getClassLoader();
        try {
            Object found = beans.find(Class.forName(API, false, ours));
            if (found != null) {
                signals = Class.forName(SIGNALS, true, ours)
                        .asSubclass(Signals.class)
                        .getDeclaredConstructor(Object.class, String.class)
                        .newInstance(found, application);
            }
        } catch (ClassNotFoundException e) {
            LOG.log(Level.DEBUG, "no OpenTelemetry here, so there are no metrics and no traces");
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            LOG.log(Level.WARNING, "OpenTelemetry cannot be used, so there are no metrics and no traces", e);
        }
    }

    /** True if somebody is told. */
    public boolean isOn() {
        return signals != null;
    }

    /** From here on {@code readings} is asked, on one of {@code threads}, for as long as somebody collects metrics. */
    public void observe(Supplier<List<Reading>> readings, Threads threads) {
        Signals now = signals;
        if (now == null) {
            return;
        }
        Sampler made = new Sampler(readings, threads.pool(1), threads.timer(), System::nanoTime);
        sampler = made;
        try {
            now.observe(made::collected);
        } catch (RuntimeException | LinkageError e) {
            failed(e);
        }
    }

    /** Publishes by {@code to}, as a span whose context the events carry from there on. */
    public <T> T publish(
            TopicName topic,
            List<? extends @Nullable CloudEvent> events,
            Function<List<? extends @Nullable CloudEvent>, T> to) {
        Signals now = signals;
        Signals.Publishing span = now == null ? null : begun(now, topic, events);
        if (span == null) {
            return to.apply(events);
        }
        T result;
        try {
            result = to.apply(span.events());
        } catch (RuntimeException | Error e) {
            ended(span, e);
            throw e;
        }
        ended(span, null);
        return result;
    }

    private Signals.@Nullable Publishing begun(
            Signals now, TopicName topic, List<? extends @Nullable CloudEvent> events) {
        try {
            return now.publishing(topic, events);
        } catch (RuntimeException | LinkageError e) {
            failed(e);
            return null;
        }
    }

    private void ended(Signals.Publishing span, @Nullable Throwable failure) {
        try {
            span.ended(failure);
        } catch (RuntimeException | LinkageError e) {
            failed(e);
        }
    }

    /** So many events were committed. */
    public void sent(TopicName topic, long events) {
        Signals now = signals;
        if (now != null) {
            try {
                now.sent(topic, events);
            } catch (RuntimeException | LinkageError e) {
                failed(e);
            }
        }
    }

    /** What a feed brought is stored. */
    public void received(TopicName topic, List<LogEntry> entries, Duration took) {
        Signals now = signals;
        if (now != null) {
            try {
                now.received(topic, entries, took);
            } catch (RuntimeException | LinkageError e) {
                failed(e);
            }
        }
    }

    /** Calls of one observer; null: nobody is told of them. */
    public @Nullable Observed observed(TopicName topic, String subscription) {
        Signals now = signals;
        if (now == null) {
            return null;
        }
        try {
            return new Observed(now.observing(topic, subscription));
        } catch (RuntimeException | LinkageError e) {
            failed(e);
            return null;
        }
    }

    /** Calls of one observer. */
    public final class Observed {
        private final Signals.Observing observing;

        private Observed(Signals.Observing observing) {
            this.observing = observing;
        }

        /**
         * Calls it, as a span that is linked to those of the publishers and is current meanwhile.
         *
         * @param attempt 1 for the first one
         */
        public void call(List<LogEntry> events, int attempt, Runnable call) {
            Signals.Call told = begun(events, attempt);
            try {
                call.run();
            } catch (RuntimeException | Error e) {
                ended(told, e);
                throw e;
            }
            ended(told, null);
        }

        private Signals.@Nullable Call begun(List<LogEntry> events, int attempt) {
            if (!isOn()) {
                return null;
            }
            try {
                return observing.begin(events, attempt);
            } catch (RuntimeException | LinkageError e) {
                failed(e);
                return null;
            }
        }

        private void ended(Signals.@Nullable Call told, @Nullable Throwable failure) {
            if (told == null) {
                return;
            }
            try {
                told.ended(failure);
            } catch (RuntimeException | LinkageError e) {
                failed(e);
            }
        }
    }

    private void failed(Throwable e) {
        if (isOn()) {
            LOG.log(Level.WARNING, "OpenTelemetry failed; from here on there are no metrics and no traces", e);
            close();
        }
    }

    /** Ends it; may be called twice, or without a begin. */
    public void close() {
        Signals now = signals;
        signals = null;
        Sampler asked = sampler;
        if (asked != null) {
            asked.end();
        }
        if (now != null) {
            try {
                now.close();
            } catch (RuntimeException | LinkageError e) {
                LOG.log(Level.WARNING, "what was registered with OpenTelemetry could not be taken back", e);
            }
        }
    }
}
