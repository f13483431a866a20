package dev.postevent;

import dev.postevent.Subscriptions.HeldEvent.State;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which held events of a subscription are meant: all conditions have to hold. Immutable; each method returns another one.
 *
 * <pre>{@code
 * HeldFilter timeouts = HeldFilter.of("billing").states(State.PARKED).causeContaining("timed out");
 * if (subscriptions.countHeld(timeouts) < 1_000) {
 *     subscriptions.retryAll(timeouts, Operator.of("anna", "the ledger is up again"));
 * }
 * }</pre>
 *
 * @since 0.1.0
 */
@Experimental
public final class HeldFilter {
    private final String subscription;
    private final Set<State> states;
    private final @Nullable String subject;
    private final @Nullable String type;
    private final @Nullable String cause;
    private final @Nullable Instant failedBefore;
    private final long from;
    private final long through;

    private HeldFilter(
            String subscription,
            Set<State> states,
            @Nullable String subject,
            @Nullable String type,
            @Nullable String cause,
            @Nullable Instant failedBefore,
            long from,
            long through) {
        this.subscription = subscription;
        this.states = Set.copyOf(states);
        this.subject = subject;
        this.type = type;
        this.cause = cause;
        this.failedBefore = failedBefore;
        this.from = from;
        this.through = through;
    }

    /**
     * Everything that a subscription holds.
     *
     * <pre>{@code
     * long held = subscriptions.countHeld(HeldFilter.of("billing"));
     * }</pre>
     */
    public static HeldFilter of(String subscription) {
        return new HeldFilter(
                Objects.requireNonNull(subscription, "subscription"),
                EnumSet.allOf(State.class),
                null,
                null,
                null,
                null,
                1,
                Long.MAX_VALUE);
    }

    /**
     * In one of these states.
     *
     * <pre>{@code
     * HeldFilter.of("billing").states(State.PARKED);
     * }</pre>
     *
     * @throws IllegalArgumentException if none is given
     */
    public HeldFilter states(State... any) {
        Set<State> of = Set.copyOf(java.util.Arrays.asList(any));
        if (of.isEmpty()) {
            throw new IllegalArgumentException("at least one state is needed");
        }
        return new HeldFilter(subscription, of, subject, type, cause, failedBefore, from, through);
    }

    /**
     * Of this CloudEvents {@code subject}: what failed, and what waits behind it.
     *
     * <pre>{@code
     * HeldFilter.of("billing").subject("customer-7");
     * }</pre>
     */
    public HeldFilter subject(String is) {
        return new HeldFilter(
                subscription, states, Objects.requireNonNull(is, "subject"), type, cause, failedBefore, from, through);
    }

    /**
     * Of this CloudEvents {@code type}. Events that a release before 0.1.0 put aside have none here.
     *
     * <pre>{@code
     * HeldFilter.of("billing").type("order.placed");
     * }</pre>
     */
    public HeldFilter type(String is) {
        return new HeldFilter(
                subscription, states, subject, Objects.requireNonNull(is, "type"), cause, failedBefore, from, through);
    }

    /**
     * With this text in its cause, in upper or lower case; what is only behind another one has no cause.
     *
     * <pre>{@code
     * HeldFilter.of("billing").causeContaining("SocketTimeoutException");
     * }</pre>
     */
    public HeldFilter causeContaining(String text) {
        return new HeldFilter(
                subscription, states, subject, type, Objects.requireNonNull(text, "text"), failedBefore, from, through);
    }

    /**
     * Whose first attempt failed before this.
     *
     * <pre>{@code
     * HeldFilter.of("billing").failedBefore(Instant.now().minus(Duration.ofDays(7)));
     * }</pre>
     */
    public HeldFilter failedBefore(Instant time) {
        return new HeldFilter(
                subscription, states, subject, type, cause, Objects.requireNonNull(time, "time"), from, through);
    }

    /**
     * At positions from the one through the other.
     *
     * <pre>{@code
     * HeldFilter.of("billing").positions(4_000, 5_000);
     * }</pre>
     *
     * @throws IllegalArgumentException if the first is below 1 or above the last
     */
    public HeldFilter positions(long first, long last) {
        if (first < 1 || first > last) {
            throw new IllegalArgumentException(
                    "positions must be from 1 on, the first not above the last, got " + first + " to " + last);
        }
        return new HeldFilter(subscription, states, subject, type, cause, failedBefore, first, last);
    }

    /** The subscription's name. */
    public String subscription() {
        return subscription;
    }

    /** The states that are meant. */
    public Set<State> states() {
        return states;
    }

    /** The subject; empty: any, and none. */
    public Optional<String> subject() {
        return Optional.ofNullable(subject);
    }

    /** The type; empty: any. */
    public Optional<String> type() {
        return Optional.ofNullable(type);
    }

    /** What the cause has in it; empty: anything. */
    public Optional<String> causeContaining() {
        return Optional.ofNullable(cause);
    }

    /** Before when the first attempt failed; empty: at any time. */
    public Optional<Instant> failedBefore() {
        return Optional.ofNullable(failedBefore);
    }

    /** The first position, at least 1. */
    public long firstPosition() {
        return from;
    }

    /** The last position; empty: none is. */
    public OptionalLong lastPosition() {
        return through == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(through);
    }

    /** For a person. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (states.size() < State.values().length) {
            text.append(EnumSet.copyOf(states));
        } else {
            text.append("held");
        }
        append(text, " of subject ", subject);
        append(text, " of type ", type);
        append(text, " with a cause that has ", cause);
        if (failedBefore != null) {
            text.append(" failed before ").append(failedBefore);
        }
        if (from > 1 || through < Long.MAX_VALUE) {
            text.append(" from position ").append(from);
            if (through < Long.MAX_VALUE) {
                text.append(" through ").append(through);
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String what, @Nullable String value) {
        if (value != null) {
            text.append(what).append('\'').append(value).append('\'');
        }
    }
}
