package dev.postevent.grpc.server;

import dev.postevent.internal.text.Printable;
import org.jspecify.annotations.Nullable;

/** Names and other text of callers, which go into logs, health and tables. */
final class Names {
    private static final int LENGTH_MAX = 200;

    private Names() {}

    /**
     * A name that a credential gives.
     *
     * @param kind what it begins with
     * @throws CredentialException if it has a character that shows nothing, or shows it somewhere else: no name that people give has
     *     one, and whoever reads it would read another
     */
    static String checked(String kind, @Nullable String name) throws CredentialException {
        if (name == null || name.isBlank() || !name.codePoints().allMatch(Printable::isVisible)) {
            throw new CredentialException(
                    "a name in the credential is empty or has control or other invisible characters: " + kind
                            + printable(name));
        }
        return kind + name;
    }

    /** Any text, fit for one line of a log: what is not visible is escaped, and much is cut. */
    static String printable(@Nullable String text) {
        return Printable.text(text, LENGTH_MAX);
    }
}
