package dev.postevent.testkit;

import java.sql.SQLException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A small database of keys and values that takes part in the handler's transaction, and the world outside, which does not. Any call may
 * fail as a database does; the transaction is spoilt then, and the exception is best let through.
 */
public interface Effects {

    /** The value as it was committed, or as this transaction has changed it; null: none. Locks nothing: others may change it next. */
    @Nullable
    String get(String key) throws SQLException;

    /** As {@code update t set value = ?}: others wait for this transaction. */
    void put(String key, String value) throws SQLException;

    /**
     * As {@code update t set n = n + 1}: others wait for this transaction, and {@code change} sees the latest value.
     *
     * @param change gets the value, an empty text if there is none
     */
    void update(String key, UnaryOperator<String> change) throws SQLException;

    /** As a mail or a call of another service: it happens now, whatever becomes of the transaction. */
    void outside(String what);
}
