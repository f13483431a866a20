package dev.postevent.internal.processor;

import dev.postevent.internal.jdbc.FailureParts;
import java.lang.System.Logger.Level;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the log says of an event that fails: a line at first, for what fails once is handled at the second attempt as a rule; the stack
 * trace with what somebody has to look at, which is an ERROR; and not a line for each of the thousands of attempts of a day.
 */
final class AttemptLog {
    /** The only thing a node can say of another. */
    static final String LOST =
            "the node that handled it died, or did not answer for as long as its lease, in its last attempt";

    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");
    /** Here it is what somebody has to look at; with the default back-off after a minute or two. */
    private static final int ERROR_AT = 10;

    private final SubscriptionSpec spec;

    AttemptLog(SubscriptionSpec spec) {
        this.spec = spec;
    }

    static boolean isToBeLookedAt(int attempts) {
        return attempts >= ERROR_AT;
    }

    /**
     * An attempt failed.
     *
     * @param attempts the number of it
     * @param news true if it is the first of this event that {@link #isToBeLookedAt}; the tenth itself may have been lost with its node
     * @param cause null: it was lost with its node
     */
    void failed(
            long position,
            @Nullable String subject,
            int attempts,
            boolean news,
            LaneStore.Fate fate,
            @Nullable Throwable cause) {
        String event = "subscription " + spec.name() + ", topic " + spec.topic() + ", position " + position;
        if (!(fate instanceof LaneStore.Again again)) {
            withStack(
                    Level.ERROR,
                    event + ": parked after attempt " + attempts + " (a dead letter: nobody tries it again until"
                            + " Subscriptions.retry)"
                            + (subject == null ? "" : "; later events of its subject wait for retry or skip"),
                    cause);
            return;
        }
        String failed = event + ": attempt " + attempts + " failed, next in "
                + again.delay().toMillis() + " ms";
        if (news) {
            withStack(
                    Level.ERROR,
                    failed + "; "
                            + (spec.retry().blocks()
                                    ? "its lane waits for it without end"
                                    : spec.retry().giveUp().toString())
                            + (subject == null ? "" : ", and later events of its subject wait for it"),
                    cause);
        } else {
            boolean told = attempts < ERROR_AT || Integer.bitCount(attempts) == 1;
            LOG.log(
                    told ? Level.WARNING : Level.DEBUG,
                    () -> failed + ": " + (cause == null ? LOST : Failures.describe(cause) + place(cause)));
        }
    }

    /** Where it came from in the user's code, instead of a stack trace; empty: it does not say. */
    private String place(Throwable cause) {
        Throwable root = FailureParts.of(cause).stream()
                .filter(FailureParts::isRoot)
                .findFirst()
                .orElse(cause);
        try {
            return UserCode.frame(
                            List.of(root.getStackTrace()), spec.handler().home().orElse(""))
                    .map(frame -> " (at " + frame + ")")
                    .orElse("");
        } catch (RuntimeException e) {
            // a failure is a user's object, see Failures: then it is told without
            return "";
        }
    }

    /** If the failure can be printed. */
    private static void withStack(Level level, String text, @Nullable Throwable cause) {
        try {
            LOG.log(level, text, cause);
        } catch (RuntimeException | StackOverflowError e) {
            LOG.log(level, text + ": " + (cause == null ? "" : Failures.describe(cause)));
        }
    }
}
