package dev.postevent.internal.eventlog;

import dev.postevent.spi.ConsumerMark;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** The statements of {@code postevent_internal.consumer}. */
final class ConsumerStore {

    private static final String REPORT = "select postevent_internal.report_mark(?, ?, ?, ?, ?)";

    private static final String ALL =
            "select topic, consumer, mark, seen_at from postevent_internal.consumer order by topic, consumer";

    private ConsumerStore() {}

    static boolean report(
            Connection connection, String principal, String name, TopicName topic, long mark, int namesMax)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(REPORT)) {
            statement.setString(1, topic.value());
            statement.setString(2, principal);
            statement.setString(3, name);
            statement.setLong(4, mark);
            statement.setInt(5, namesMax);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getBoolean(1);
            }
        }
    }

    private record Mark(String consumer, TopicName topic, long mark, Instant seen) implements ConsumerMark {}

    static List<ConsumerMark> all(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(ALL)) {
            List<ConsumerMark> all = new ArrayList<>();
            while (row.next()) {
                all.add(new Mark(
                        row.getString(2),
                        new TopicName(row.getString(1)),
                        row.getLong(3),
                        row.getObject(4, OffsetDateTime.class).toInstant()));
            }
            return all;
        }
    }
}
