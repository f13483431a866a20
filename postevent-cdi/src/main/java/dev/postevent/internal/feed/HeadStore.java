package dev.postevent.internal.feed;

import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.spi.TopicName;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** The heads of topics, all in one statement: the end of each table's primary key. Names are checked, so SQL may be built from them. */
public final class HeadStore {
    private static final String HEAD = "select '${topic}', coalesce(pg_catalog.max(idn), 0) from ${table}";
    private static final int SECONDS_MAX = 10;

    private final DataSource dataSource;
    private final String heads;

    public HeadStore(DataSource dataSource, Collection<TopicName> topics) {
        this.dataSource = dataSource;
        this.heads = topics.stream()
                .map(topic -> HEAD.replace("${topic}", topic.value()).replace("${table}", topic.table()))
                .collect(Collectors.joining(" union all "));
    }

    public Map<TopicName, Long> heads() throws SQLException {
        return LocalTransaction.each(dataSource, this::heads);
    }

    private Map<TopicName, Long> heads(Connection connection) throws SQLException {
        Map<TopicName, Long> found = new TreeMap<>();
        try (PreparedStatement select = connection.prepareStatement(heads)) {
            select.setQueryTimeout(SECONDS_MAX);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    found.put(new TopicName(row.getString(1)), row.getLong(2));
                }
            }
        }
        return found;
    }
}
