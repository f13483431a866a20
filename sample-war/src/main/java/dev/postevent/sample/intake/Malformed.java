package dev.postevent.sample.intake;

import org.jspecify.annotations.Nullable;

/** A request that is no CloudEvent; the message names the rule that is broken. */
final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String rule) {
        this(rule, null);
    }

    Malformed(String rule, @Nullable Throwable cause) {
        super(rule, cause);
    }
}
