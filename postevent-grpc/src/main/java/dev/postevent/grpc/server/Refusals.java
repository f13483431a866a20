package dev.postevent.grpc.server;

import dev.postevent.PosteventException;
import io.grpc.Status;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Set;

/** What a caller is told. */
final class Refusals {
    private static final System.Logger LOG = System.getLogger("dev.postevent.grpc");

    /** What does not pass by itself, by the code of the exception: trying again is of no use before a person has acted. */
    private static final Map<String, String> TO_FIX = Map.of(
            "PSTEV31041", "the source has not made the tables of this topic",
            "PSTEV31042", "the source's database role may not read this topic",
            "PSTEV31045", "another login of the source's database reports the mark of this consumer",
            "PSTEV31046", "the source's database takes no mark of this consumer's name, or none so far ahead",
            "PSTEV31047", "the source has no room for a row of this topic; its log says which");

    /** Of those the codes whose messages repeat names or marks of callers; the others' name topics of ours. */
    private static final Set<String> NAMES_WHAT_CALLERS_CHOOSE = Set.of("PSTEV31045", "PSTEV31046");

    /** One answer for "does not exist" and "not allowed", so that nobody learns names by asking. */
    static final Status FORBIDDEN =
            Status.PERMISSION_DENIED.withDescription("there is no such topic, or the caller may not do that with it");

    static final Status TOO_MANY = Status.RESOURCE_EXHAUSTED.withDescription(
            "the caller has too many calls at once; end some of them, or try again later");

    static final Status TOO_MANY_TOKENS = Status.RESOURCE_EXHAUSTED.withDescription(
            "too many tokens of this connection are being checked; try again later");

    static final Status UNAUTHENTICATED =
            Status.UNAUTHENTICATED.withDescription("the credential is missing or not valid");

    static final Status GONE = Status.UNAUTHENTICATED.withDescription(
            "the token or the certificate has expired, was revoked, or is not believed any more");

    static final Status STOPPED = Status.UNAVAILABLE.withDescription("the source is being stopped");

    static final Status NOT_TAKEN =
            Status.RESOURCE_EXHAUSTED.withDescription("the caller, or all callers together, have not taken what"
                    + " was sent to them; take it, end calls, or try again later");

    static final Status BUSY = Status.RESOURCE_EXHAUSTED.withDescription("too many reads at once; try again later");

    static final Status ABOVE_THE_HEAD = Status.FAILED_PRECONDITION.withDescription(
            "the mark is above everything that this source has; was it restored to the past, or is it another one?");

    static final Status TOO_MANY_CONSUMERS = Status.FAILED_PRECONDITION.withDescription(
            "the caller has reported marks under as many names as it may; at the source, delete those of consumers that are gone,"
                    + " or raise postevent.grpc.server.consumers-per-principal-max");

    private Refusals() {}

    static Status invalid(String what) {
        return Status.INVALID_ARGUMENT.withDescription(what);
    }

    /** A failure on this side: details stay here, in the log; the caller gets the code to ask about. */
    static Status of(Throwable e) {
        if (e instanceof Error) {
            RationedLog.OF_CALLS.warn("a call failed", e);
            return Status.INTERNAL.withDescription(
                    "the source failed (" + e.getClass().getSimpleName() + ")");
        }
        String code = e instanceof PosteventException ours
                ? ours.code()
                : e.getClass().getSimpleName();
        String toFix = TO_FIX.get(code);
        if (toFix != null) {
            RationedLog.OF_CALLS.warn(
                    NAMES_WHAT_CALLERS_CHOOSE.contains(code) ? code : code + e.getMessage(),
                    "a call was refused, and will be until somebody acts: " + e.getMessage(),
                    null);
            return Status.FAILED_PRECONDITION.withDescription(toFix + " (" + code + ")");
        }
        LOG.log(Level.DEBUG, "a call failed", e);
        return Status.UNAVAILABLE.withDescription("the source could not ask its database (" + code + ")");
    }
}
