package dev.postevent.sample.fulfilment;

import jakarta.json.bind.annotation.JsonbCreator;
import jakarta.json.bind.annotation.JsonbProperty;
import org.jspecify.annotations.Nullable;

/**
 * What is switched to be wrong with an observer.
 *
 * @param failFor the customer it fails for; null: nobody
 * @param slowMillis how long it takes longer per event; null: not at all
 */
public record Fault(@Nullable String failFor, @Nullable Integer slowMillis) {
    static final Fault NONE = new Fault(null, 0);
    static final int SLOW_MILLIS_MAX = 60_000;

    /** Names the properties: a container's JSON-B need not know records. */
    @JsonbCreator
    public Fault(
            @JsonbProperty("failFor") @Nullable String failFor,
            @JsonbProperty("slowMillis") @Nullable Integer slowMillis) {
        this.failFor = failFor;
        this.slowMillis = slowMillis;
    }
}
