package dev.postevent.internal.outbox;

import dev.postevent.spi.ConsumerMark;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** The statements of {@code postevent_internal.consumer}. */
final class ConsumerStore {

    // the last word counts, also a smaller one: a consumer that began anew needs the whole history again. A name has no
    // slash,
    // so the principal is what is before the last one. Reports at the same instant may go a little over the limit,
    // which is
    // there to bound the table and not to count
    private static final String REPORT = """
            insert into postevent_internal.consumer as c (topic, consumer, mark)
            select ?, ?, ?
             where exists (select from postevent_internal.consumer where topic = ? and consumer = ?)
                or (select pg_catalog.count(*) from postevent_internal.consumer
                     where topic = ? and pg_catalog.left(consumer, -pg_catalog.strpos(pg_catalog.reverse(consumer), '/')) = ?) < ?
            on conflict (topic, consumer) do update set mark = excluded.mark, seen_at = pg_catalog.now()
            """;

    private static final String ALL =
            "select topic, consumer, mark, seen_at from postevent_internal.consumer order by topic, consumer";

    private ConsumerStore() {}

    static boolean report(
            Connection connection, String principal, String name, TopicName topic, long mark, int namesMax)
            throws SQLException {
        String consumer = principal + '/' + name;
        try (PreparedStatement statement = connection.prepareStatement(REPORT)) {
            statement.setString(1, topic.value());
            statement.setString(2, consumer);
            statement.setLong(3, mark);
            statement.setString(4, topic.value());
            statement.setString(5, consumer);
            statement.setString(6, topic.value());
            statement.setString(7, principal);
            statement.setInt(8, namesMax);
            return statement.executeUpdate() > 0;
        }
    }

    static List<ConsumerMark> all(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(ALL)) {
            List<ConsumerMark> all = new ArrayList<>();
            while (row.next()) {
                all.add(new ConsumerMark(
                        row.getString(2),
                        new TopicName(row.getString(1)),
                        row.getLong(3),
                        row.getObject(4, OffsetDateTime.class).toInstant()));
            }
            return all;
        }
    }
}
