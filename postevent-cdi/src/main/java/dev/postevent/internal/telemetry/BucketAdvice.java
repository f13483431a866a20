package dev.postevent.internal.telemetry;

import java.lang.System.Logger.Level;
import java.util.List;

/** Tells a histogram which buckets suit it, where its API can be told: that of 1.32 and later. */
final class BucketAdvice {
    private static final System.Logger LOG = System.getLogger("dev.postevent");

    private BucketAdvice() {}

    /** Gives it to {@code builder}, by the method of {@code api}, which is what both sides see; true if it can be told. */
    static <T> boolean give(Class<T> api, T builder, List<Double> boundaries) {
        try {
            api.getMethod("setExplicitBucketBoundariesAdvice", List.class).invoke(builder, boundaries);
            return true;
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            LOG.log(Level.DEBUG, "this OpenTelemetry takes no advice on buckets; it has its own", e);
            return false;
        }
    }
}
