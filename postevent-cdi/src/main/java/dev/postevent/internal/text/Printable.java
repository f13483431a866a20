package dev.postevent.internal.text;

import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Text from outside, made fit for a message, a log or health: one line, nothing in it that shows nothing or shows other text elsewhere, and
 * cut.
 */
public final class Printable {
    private static final int QUOTED_MAX = 80;

    private Printable() {}

    /**
     * A value in quotes: all but visible ASCII is escaped, so that it is seen which value it is, and that it ends where the quote does.
     * Cut at 80 characters.
     */
    public static String quoted(String value) {
        StringBuilder text = new StringBuilder("'");
        value.chars().limit(QUOTED_MAX).forEach(unit -> {
            if (unit >= ' ' && unit <= '~' && unit != '\\' && unit != '\'') {
                text.append((char) unit);
            } else {
                escape(text, unit);
            }
        });
        return text.append(value.length() > QUOTED_MAX ? "...' (" + value.length() + " characters)" : "'")
                .toString();
    }

    /** Names and sentences as people write them, in any script: what is not visible is escaped. */
    public static String text(@Nullable String text, int charactersMax) {
        if (text == null) {
            return "null";
        }
        StringBuilder printable = new StringBuilder();
        text.codePoints().limit(charactersMax).forEach(character -> {
            if (isVisible(character)) {
                printable.appendCodePoint(character);
            } else {
                escape(printable, character);
            }
        });
        return printable
                .append(text.codePointCount(0, text.length()) > charactersMax ? "..." : "")
                .toString();
    }

    /** The same of what may have several lines by nature, as messages of a database: they become one. */
    public static String line(String lines, int charactersMax) {
        return text(lines.replaceAll("\\s+", " "), charactersMax);
    }

    /** Letters and a symbol by their category: fillers of Hangul, and the Braille pattern without dots. */
    private static final Set<Integer> SHOWN_AS_NOTHING = Set.of(0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800);

    /** False for what shows nothing, or changes how other characters are shown. */
    public static boolean isVisible(int character) {
        return switch (Character.getType(character)) {
            // but the one that everybody knows, they look like it, or like nothing
            case Character.SPACE_SEPARATOR -> character == ' ';
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            default -> !SHOWN_AS_NOTHING.contains(character);
        };
    }

    private static void escape(StringBuilder text, int character) {
        text.append(String.format(Locale.ROOT, "\\u%04x", character));
    }
}
