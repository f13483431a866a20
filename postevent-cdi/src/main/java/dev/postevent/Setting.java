package dev.postevent;

import java.util.Optional;

/**
 * A configuration key, with what counts for it here and who said so. Made by postevent alone: it may gain methods. Immutable.
 *
 * <pre>{@code
 * for (Setting setting : subscriptions.settings()) {
 *     page.row(setting.name(), setting.value().orElse(""), setting.source().map(Setting.Source::name).orElse("default"));
 * }
 * }</pre>
 *
 * <p>What is secret is never in it: of a password or a token that it is set, and of a URL neither user and password nor parameters.
 *
 * @since 0.1.0
 */
@Experimental
public interface Setting {

    /** The key as it is written in a configuration source, with the name of a topic or subscription where it has one. */
    String name();

    /**
     * What counts, as it was written; of what nobody said, the default, which for some keys is words for where it comes from. At most
     * 1,000 characters. Empty: nothing counts, or it is {@link #secret}.
     */
    Optional<String> value();

    /** Whether its value is shown to nobody: a password, a token. */
    boolean secret();

    /** Who said so; empty: nobody did, the default counts. */
    Optional<Source> source();

    /** What counts where nothing is said; for some keys words for where it comes from; empty: nothing does. */
    Optional<String> defaultValue();

    /** Unit and bounds, or the values it may have. */
    String allowed();

    /** What it does. */
    String meaning();

    /** A configuration source of MicroProfile Config. Made by postevent alone: it may gain methods. Immutable. */
    interface Source {

        /** Its name, as the server gives it. */
        String name();

        /** Of several that have a key, the one with the greatest counts. */
        int ordinal();
    }
}
