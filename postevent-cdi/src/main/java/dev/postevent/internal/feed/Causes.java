package dev.postevent.internal.feed;

import dev.postevent.PosteventException;
import dev.postevent.internal.jdbc.SqlState;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The story of an exception in one line: engines wrap what matters four times over. */
public final class Causes {
    // duplicate_object: slot exists; object_in_use: slot is active
    private static final Set<String> LOST_RACE = Set.of("42710", "55006");
    // connections, their ends and limits, authentication, transactions that are over, resources, objects in use
    private static final Set<String> OF_SOMETHING_ELSE = Set.of("08", "25", "28", "40", "53", "55", "57");
    // memory it wants for what it reads; it may be short of it for once, so who counts counts three
    private static final String OUT_OF_MEMORY = "53200";
    private static final int LENGTH_MAX = 1000;

    private Causes() {}

    /** The distinct messages from the outside in. */
    public static String describe(Throwable thrown) {
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
    public static boolean isLostRace(Throwable thrown) {
        return hasState(thrown, LOST_RACE);
    }

    /** True if the server said that something named does not exist. */
    public static boolean isUndefinedObject(Throwable thrown) {
        return hasState(thrown, Set.of("42704"));
    }

    /**
     * What the server said when it could not go on with the stream; null if the engine did not end by that, but by a connection that
     * was lost, a server that ended it, a lack of privileges or of resources other than memory, or by whoever takes what the stream brings.
     */
    public static @Nullable String decodingError(Throwable fault) {
        if (!(fault instanceof FeedFault ended) || !FeedFault.ENGINE_ENDED.equals(ended.code())) {
            return null;
        }
        String error = null;
        Throwable cause = fault.getCause();
        for (int depth = 0; cause != null && depth < 20; depth++) {
            if (cause instanceof PosteventException) {
                return null;
            }
            if (cause instanceof SQLException sql) {
                error = isOfDecoding(sql) ? describe(sql) : null;
            }
            cause = cause.getCause();
        }
        return error;
    }

    /** True if the server refused it for want of a right. */
    public static boolean isRefused(SQLException e) {
        return SqlState.INSUFFICIENT_PRIVILEGE.equals(e.getSQLState());
    }

    /** True if the server did what it was asked, and failed at what it found in the WAL. */
    public static boolean isOfDecoding(SQLException e) {
        String state = e.getSQLState();
        return state != null
                && state.length() == 5
                && (OUT_OF_MEMORY.equals(state) || !OF_SOMETHING_ELSE.contains(state.substring(0, 2)))
                && !SqlState.INSUFFICIENT_PRIVILEGE.equals(state);
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
    public static boolean mentions(Throwable thrown, String words) {
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
