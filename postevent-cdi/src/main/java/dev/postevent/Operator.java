package dev.postevent;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who changes a subscription, and why: kept with each change, see {@link Subscriptions#operations}. Immutable.
 *
 * <pre>{@code
 * subscriptions.retry("billing", 4711, Operator.of("anna", "the ledger is up again"));
 * }</pre>
 *
 * <p>Who it is, the caller knows: a principal's name, or that of the job that does it. Nothing here checks it.
 *
 * @since 0.1.0
 */
@Experimental
public final class Operator {
    /** Characters of a name, of a reason and of a key. */
    private static final int NAME_MAX = 200;

    private static final int REASON_MAX = 1_000;
    private static final int KEY_MAX = 200;

    private final String name;
    private final String reason;
    private final @Nullable String key;

    private Operator(String name, String reason, @Nullable String key) {
        this.name = checked("the name of an operator", name, NAME_MAX);
        this.reason = checked("the reason of an operator", reason, REASON_MAX);
        this.key = key == null ? null : checked("the key of an operation", key, KEY_MAX);
    }

    /**
     * Makes one.
     *
     * <pre>{@code
     * Operator.of(security.getUserPrincipal().getName(), "ticket 4711: card provider was down");
     * }</pre>
     *
     * @param name who, 1 to 200 characters, none of them a control character
     * @param reason why, 1 to 1,000 characters, none of them a control character
     * @throws IllegalArgumentException if one is out of its bounds
     */
    public static Operator of(String name, String reason) {
        return new Operator(name, reason, null);
    }

    /**
     * The same with an idempotency key: a change that was made with it is not made once more, and whoever asks for it again is answered
     * as at first. One that broke off in its middle goes on where it was. For whoever repeats a request whose answer was lost.
     *
     * <pre>{@code
     * Operator.of("anna", "ticket 4711").withKey(request.getHeader("Idempotency-Key"));
     * }</pre>
     *
     * @param key any, 1 to 200 characters, none of them a control character, that the application uses for this change alone
     * @throws IllegalArgumentException if it is out of its bounds
     */
    public Operator withKey(String key) {
        return new Operator(name, reason, Objects.requireNonNull(key, "key"));
    }

    /** Who. */
    public String name() {
        return name;
    }

    /** Why. */
    public String reason() {
        return reason;
    }

    /** The idempotency key; empty: each call is a change of its own. */
    public Optional<String> key() {
        return Optional.ofNullable(key);
    }

    private static String checked(String what, String text, int max) {
        Objects.requireNonNull(text, what);
        if (text.isBlank() || text.codePointCount(0, text.length()) > max) {
            throw new IllegalArgumentException(what + " must have 1 to " + max
                    + " characters that are not all blank, has " + text.codePointCount(0, text.length()));
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(what + " has a control character");
        }
        return text;
    }

    @Override
    public String toString() {
        return name + " (" + reason + ")";
    }
}
