package dev.postevent.internal.processor;

import static dev.postevent.internal.processor.Parameters.millis;
import static dev.postevent.internal.processor.Parameters.set;

import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.processor.LaneStore.Poll;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.sql.DataSource;

/** SQL about the subscriptions of one application as a whole; what belongs to one of them is in the stores it hands out. */
final class SubscriptionStore implements Polls.Source {
    private static final String POLL = """
            select s.name, s.paused, m.others, m.before
              from postevent_inbox.subscription s
             cross join lateral (select pg_catalog.count(*) as others, pg_catalog.count(*) filter (where o.node < ?) as before
                                   from postevent_inbox.member o
                                  where o.application = s.application and o.subscription = s.name
                                    and o.node <> ? and o.expires > pg_catalog.clock_timestamp()) m
             where s.application = ? and s.name = any (?)
            """;

    private static final String PAUSE =
            "update postevent_inbox.subscription set paused = ? where application = ? and name = ?";
    private static final String CURSORS = "select l.cursor, case when " + LeaseStore.EXPIRES
            + " > pg_catalog.clock_timestamp() then l.owner end from postevent_inbox.lane l"
            + " where l.application = ? and l.subscription = ? order by l.lane";
    private static final String CURSORS_ALONE =
            "select cursor from postevent_inbox.lane where application = ? and subscription = ? order by lane";
    private static final String HELD_COUNTS =
            "select state, pg_catalog.count(*), coalesce(extract(epoch from pg_catalog.clock_timestamp()"
                    + " - pg_catalog.min(first_failed_at) filter (where attempts > 0)) * 1000, 0)"
                    + " from postevent_inbox.held_event where application = ? and subscription = ? group by state";

    private final DataSource dataSource;
    private final Member member;
    private final String application;

    SubscriptionStore(DataSource dataSource, Member member) {
        this.dataSource = dataSource;
        this.member = member;
        this.application = member.application().name();
    }

    /** The lanes of one subscription. */
    JdbcLaneStore lanes(String subscription) {
        return new JdbcLaneStore(dataSource, member, subscription);
    }

    /** What one subscription holds, for an operator. */
    HeldEventStore held(String subscription) {
        return new HeldEventStore(dataSource, member, subscription);
    }

    /** What attempts of events that one subscription holds failed of, for an operator. */
    AttemptStore attempts(String subscription) {
        return new AttemptStore(dataSource, member, subscription);
    }

    /** Many of what one subscription holds, for an operator. */
    HeldSelectionStore selection(String subscription) {
        return new HeldSelectionStore(dataSource, member, subscription, held(subscription));
    }

    @Override
    public Map<String, Poll> poll(Collection<String> subscriptions) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            Map<String, Poll> polls = new HashMap<>();
            try (PreparedStatement select = connection.prepareStatement(POLL);
                    ResultSet row = set(
                                    select,
                                    member.node(),
                                    member.node(),
                                    application,
                                    connection.createArrayOf("text", subscriptions.toArray(String[]::new)))
                            .executeQuery()) {
                while (row.next()) {
                    polls.put(row.getString(1), new Poll(row.getBoolean(2), row.getInt(3), row.getInt(4)));
                }
            }
            return polls;
        });
    }

    /** Returns false if the subscription is not registered. In the transaction of the connection. */
    boolean pause(Connection connection, String subscription, boolean paused) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(PAUSE)) {
            return set(update, paused, application, subscription).executeUpdate() > 0;
        }
    }

    /**
     * Where a subscription is.
     *
     * @param cursors by lane
     * @param owners how many lanes each node has; lanes without a living owner are not counted
     * @param held how many events are held, by state
     * @param failingFor how long ago the first attempt failed of one that waits for another; zero: of none has one
     */
    record Progress(List<Long> cursors, Map<String, Integer> owners, Map<String, Long> held, Duration failingFor) {}

    /** The cursors alone, by lane; none if the subscription is not registered. */
    List<Long> cursors(String subscription) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<Long> cursors = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(CURSORS_ALONE);
                    ResultSet row = set(select, application, subscription).executeQuery()) {
                while (row.next()) {
                    cursors.add(row.getLong(1));
                }
            }
            return cursors;
        });
    }

    Progress progress(String subscription) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<Long> cursors = new ArrayList<>();
            Map<String, Integer> owners = new TreeMap<>();
            try (PreparedStatement select = connection.prepareStatement(CURSORS);
                    ResultSet row = set(select, application, subscription).executeQuery()) {
                while (row.next()) {
                    cursors.add(row.getLong(1));
                    String owner = row.getString(2);
                    if (owner != null) {
                        owners.merge(owner, 1, Integer::sum);
                    }
                }
            }
            Map<String, Long> held = new TreeMap<>();
            Duration failingFor = Duration.ZERO;
            try (PreparedStatement select = connection.prepareStatement(HELD_COUNTS);
                    ResultSet row = set(select, application, subscription).executeQuery()) {
                while (row.next()) {
                    held.put(row.getString(1), row.getLong(2));
                    if (row.getString(1).equals("waiting")) {
                        failingFor = millis(row.getDouble(3));
                    }
                }
            }
            return new Progress(cursors, owners, held, failingFor);
        });
    }
}
