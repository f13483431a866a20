package dev.postevent.grpc.server;

import dev.postevent.PosteventException;
import io.grpc.Status;
import java.lang.System.Logger.Level;

/** What a caller is told. */
final class Refusals {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");

    /** One answer for "does not exist" and "not allowed", so that nobody learns names by asking. */
    static final Status FORBIDDEN =
            Status.PERMISSION_DENIED.withDescription("there is no such topic, or the caller may not do that with it");

    static final Status TOO_MANY = Status.RESOURCE_EXHAUSTED.withDescription(
            "the caller has too many calls at once; end some of them, or try again later");

    static final Status BUSY = Status.RESOURCE_EXHAUSTED.withDescription("too many reads at once; try again later");

    private Refusals() {}

    static Status invalid(String what) {
        return Status.INVALID_ARGUMENT.withDescription(what);
    }

    /** A failure on this side: details stay here, in the log; the caller gets the code to ask about. */
    static Status of(RuntimeException e) {
        LOG.log(Level.DEBUG, "a call failed", e);
        String code = e instanceof PosteventException ours
                ? ours.code()
                : e.getClass().getSimpleName();
        return Status.UNAVAILABLE.withDescription("the source could not ask its database (" + code + ")");
    }
}
