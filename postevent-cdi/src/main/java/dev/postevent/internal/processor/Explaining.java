package dev.postevent.internal.processor;

import dev.postevent.Subscriptions;
import dev.postevent.Subscriptions.Explanation;
import dev.postevent.Subscriptions.Explanation.Cause;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Why a subscription is where it is, and what is to be done, in words. Of several causes the one that others may come from is told. */
final class Explaining {
    private static final Pattern PREPARED = Pattern.compile("prepared transaction '((?:[^']|'')*)'");
    private static final Pattern SESSION = Pattern.compile("pid (\\d+)");

    private final SubscriptionWorker worker;
    private final Subscriptions.Status status;
    private final TopicState topic;
    /** The operation that paused it. */
    private final Subscriptions.@Nullable Operation paused;

    Explaining(
            SubscriptionWorker worker,
            Subscriptions.Status status,
            TopicState topic,
            Subscriptions.@Nullable Operation paused) {
        this.worker = worker;
        this.status = status;
        this.topic = topic;
        this.paused = paused;
    }

    /** As it is told. */
    private record Told(Cause cause, String sentence, String next) implements Explanation {}

    private Told told(Cause cause, String rest, String next) {
        return new Told(cause, "Subscription " + status.name() + " of topic " + status.topic() + " " + rest, next);
    }

    Explanation explain() {
        if (status.paused()) {
            return paused();
        }
        String trouble = worker.trouble();
        if (trouble != null) {
            return hindered(trouble);
        }
        Optional<CallsUnderWay.Slow> slow = worker.calls().slow();
        if (slow.isPresent()) {
            return slow(slow.get());
        }
        if (worker.lanesOwned() == 0) {
            return told(
                    Cause.NO_LANES_HERE,
                    "has no lane on this node; lanes by node: " + status.owners()
                            + ", those of a node that died are free when their lease ends.",
                    "Ask one of those nodes. If none is named, wait for the lease (postevent.lease) and ask again.");
        }
        return topicHinders().orElseGet(this::handled);
    }

    private Explanation paused() {
        String by = paused == null
                ? "an operator"
                : paused.operator() + " (" + paused.reason() + ", " + paused.began() + ")";
        return told(
                Cause.PAUSED,
                "is paused by " + by + " at position " + status.handled() + ", " + InWords.events(status.lag())
                        + " behind.",
                "Resume it once the reason is gone.");
    }

    private Explanation hindered(String trouble) {
        String stands = "stands at position " + status.handled() + ": " + trouble + ".";
        if (worker.hasNotBegun()) {
            return told(
                    Cause.NOT_BEGUN,
                    stands,
                    "See that the source of topic " + status.topic() + " can be reached; it begins by itself then.");
        }
        if (worker.isFull()) {
            return told(
                    Cause.LIMIT_REACHED,
                    stands,
                    "Look at the causes of what is held, and remove them; then retry or skip it, or raise"
                            + " postevent.subscriptions." + status.name() + ".held-max.");
        }
        return told(
                Cause.HINDERED,
                stands,
                "Nothing, if it passes: it is tried again by itself. If it lasts, look at what the sentence names.");
    }

    private Explanation slow(CallsUnderWay.Slow slow) {
        String where = UserCode.frame(
                        slow.stack(), worker.spec().handler().home().orElse(""))
                .map(frame -> ", now at " + frame)
                .orElse("");
        return told(
                Cause.OBSERVER_SLOW,
                "waits for its observer, which has been at position " + slow.position() + " for "
                        + slow.since().toSeconds() + " s" + where + "; " + InWords.events(status.lag()) + " behind.",
                "Give what it calls there a timeout. Its transaction ends after "
                        + worker.spec().limits().transactionTimeout().toSeconds()
                        + " s (postevent.subscriptions." + status.name()
                        + ".transaction-timeout), its call when it returns.");
    }

    private Optional<Explanation> topicHinders() {
        String through = "has handled everything through position " + status.handled() + "; after that: ";
        if (topic.fault() != null) {
            return Optional.of(told(
                    Cause.TOPIC_STANDS_STILL,
                    through + topic.fault(),
                    "Decide what the topic is now: docs/operations.md, \"A topic whose table or source is another"
                            + " one\", and the code in docs/codes.md."));
        }
        if (topic.blocker() != null) {
            return Optional.of(told(Cause.GAP_HELD_OPEN, through + topic.blocker(), release(topic.blocker())));
        }
        if (topic.notVisible() != null) {
            return Optional.of(told(
                    Cause.NOT_VISIBLE_YET,
                    through + topic.notVisible(),
                    "Look at the source's synchronous_standby_names and pg_stat_replication: most often a commit waits"
                            + " for a standby that is away."));
        }
        if (topic.trouble() != null) {
            return Optional.of(told(
                    Cause.CATCH_UP_FAILING,
                    through + topic.trouble(),
                    "See that the source can be reached and lets this application in; it is tried again by itself."));
        }
        if (topic.feedDown() != null) {
            return Optional.of(told(
                    Cause.FEED_DOWN,
                    through + "events come late, by catch-up: " + topic.feedDown(),
                    "Remove what the sentence names; docs/troubleshooting.md has each."));
        }
        return Optional.empty();
    }

    /** How whoever holds a position open lets it go. */
    private static String release(String blocker) {
        Matcher prepared = PREPARED.matcher(blocker);
        if (prepared.find()) {
            return "Have its transaction manager finish it. Only if that is gone for good: rollback prepared '"
                    + prepared.group(1) + "' (or commit prepared), in the source's database.";
        }
        Matcher session = SESSION.matcher(blocker);
        if (session.find()) {
            return "Let that transaction end, or end its session: select pg_catalog.pg_terminate_backend("
                    + session.group(1) + ") in the source's database.";
        }
        return "Ask the operators of the source, whose health and log say who it is.";
    }

    private Explanation handled() {
        String held = InWords.held(status);
        if (status.lag() > 0) {
            return told(
                    Cause.AT_WORK,
                    "is at work, " + InWords.events(status.lag()) + " behind." + held,
                    "Nothing. If the lag grows, more lanes may run at once (postevent.subscriptions." + status.name()
                            + ".concurrency), or the observer is to be made quicker.");
        }
        String all = "has handled everything there is, through position " + status.handled() + "." + held;
        return status.held() == 0
                ? told(Cause.UP_TO_DATE, all, "Nothing.")
                : told(
                        Cause.HELD,
                        all,
                        status.parked() == 0
                                ? "Nothing, if the cause passes: what waits is tried again by itself."
                                : "Look at the causes of what is held; then retry what can be handled now, and skip what"
                                        + " never can.");
    }
}
