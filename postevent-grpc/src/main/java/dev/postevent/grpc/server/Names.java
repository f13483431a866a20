package dev.postevent.grpc.server;

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
        if (name == null || name.isBlank() || !name.codePoints().allMatch(Names::isVisible)) {
            throw new CredentialException(
                    "a name in the credential is empty or has control or other invisible characters: " + kind
                            + printable(name));
        }
        return kind + name;
    }

    /** Any text, fit for one line of a log: what is not visible is escaped, and much is cut. */
    static String printable(@Nullable String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder printable = new StringBuilder();
        text.codePoints().limit(LENGTH_MAX).forEach(character -> {
            if (isVisible(character)) {
                printable.appendCodePoint(character);
            } else {
                printable.append(String.format("\\u%04x", character));
            }
        });
        return printable
                .append(text.codePointCount(0, text.length()) > LENGTH_MAX ? "..." : "")
                .toString();
    }

    private static boolean isVisible(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> true;
        };
    }
}
