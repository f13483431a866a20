package dev.postevent.sample.web;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reading a body was stopped; whoever reads it lets this through, and {@link BodyLimit} answers. */
public final class BodyRefused extends IOException {
    private static final long serialVersionUID = 1L;

    private final int status;

    BodyRefused(int status, String rule) {
        super(rule);
        this.status = status;
    }

    /** The status of the answer. */
    public int status() {
        return status;
    }

    /** What readers of all kinds made of it; null if it was something else. */
    public static @Nullable BodyRefused behind(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BodyRefused refused) {
                return refused;
            }
        }
        return null;
    }
}
