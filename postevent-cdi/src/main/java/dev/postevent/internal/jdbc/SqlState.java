package dev.postevent.internal.jdbc;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** SQLSTATEs that mean something to more than one room, and how a failure is put into words. */
public final class SqlState {
    public static final String UNIQUE_VIOLATION = "23505";
    public static final String LOCK_NOT_AVAILABLE = "55P03";
    public static final String SERIALIZATION_FAILURE = "40001";
    public static final String DEADLOCK_DETECTED = "40P01";
    public static final String UNDEFINED_TABLE = "42P01";
    public static final String UNDEFINED_SCHEMA = "3F000";
    public static final String INSUFFICIENT_PRIVILEGE = "42501";

    private SqlState() {}

    /** The SQLSTATE; empty where the driver gives none. */
    public static String of(SQLException e) {
        return e.getSQLState() == null ? "" : e.getSQLState();
    }

    /** True if a connection was lost (class 08), or the server shuts down or starts (57P); false for null. */
    public static boolean isOfConnection(@Nullable String state) {
        return state != null && (state.startsWith("08") || state.startsWith("57P"));
    }

    /** What the database said, with its SQLSTATE. */
    public static String andText(SQLException e) {
        return "the database refused (SQLSTATE " + e.getSQLState() + "): " + e.getMessage();
    }
}
