package dev.postevent.internal.processor;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Values as the statements of this room take them. */
final class Parameters {
    private Parameters() {}

    /** Sets all parameters, in their order. */
    static PreparedStatement set(PreparedStatement statement, @Nullable Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            Object value = values[i];
            if (value instanceof java.sql.Array array) {
                statement.setArray(i + 1, array);
            } else if (value == null) {
                statement.setNull(i + 1, java.sql.Types.VARCHAR);
            } else {
                statement.setObject(i + 1, value);
            }
        }
        return statement;
    }

    /** All of them, and more. */
    static @Nullable Object[] with(@Nullable Object[] values, @Nullable Object... more) {
        @Nullable Object[] all = Arrays.copyOf(values, values.length + more.length);
        System.arraycopy(more, 0, all, values.length, more.length);
        return all;
    }

    /** Numbers of lanes, for a {@code smallint[]}. */
    static Short[] shorts(Collection<Integer> numbers) {
        return numbers.stream().map(Integer::shortValue).toArray(Short[]::new);
    }

    /** For {@code make_interval}. */
    static double seconds(Duration duration) {
        return (double) duration.toMillis() / 1000.0;
    }

    /** Of milliseconds that a statement returns; a clock that went back makes none of less than zero. */
    static Duration millis(double millis) {
        return Duration.ofMillis(Math.max(0, Math.round(millis)));
    }
}
