package dev.postevent.internal.feed;

import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Set;

/** The story of an exception in one line: engines wrap what matters four times over. */
final class Causes {
    // duplicate_object: slot exists; object_in_use: slot is active
    private static final Set<String> LOST_RACE = Set.of("42710", "55006");
    private static final int LENGTH_MAX = 1000;

    private Causes() {}

    /** The distinct messages from the outside in. */
    static String describe(Throwable thrown) {
        Set<String> messages = new LinkedHashSet<>();
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
            messages.removeIf(outer -> outer.contains(message));
            messages.add(
                    cause instanceof SQLException sql ? message + " [SQLSTATE " + sql.getSQLState() + "]" : message);
            cause = cause.getCause();
        }
        String all = String.join(" <- ", messages).replaceAll("\\s+", " ");
        return all.length() > LENGTH_MAX ? all.substring(0, LENGTH_MAX) + "..." : all;
    }

    /** True if the server refused because somebody else made or took the slot in the meantime. */
    static boolean isLostRace(Throwable thrown) {
        return hasState(thrown, LOST_RACE);
    }

    /** True if the server said that something named does not exist. */
    static boolean isUndefinedObject(Throwable thrown) {
        return hasState(thrown, Set.of("42704"));
    }

    private static boolean hasState(Throwable thrown, Set<String> states) {
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (cause instanceof SQLException sql && sql.getSQLState() != null && states.contains(sql.getSQLState())) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }

    /** True if somewhere in the chain there is a message that contains {@code words}. */
    static boolean mentions(Throwable thrown, String words) {
        Throwable cause = thrown;
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (cause.getMessage() != null && cause.getMessage().contains(words)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
