package dev.postevent.internal.processor;

import static dev.postevent.internal.processor.Parameters.millis;
import static dev.postevent.internal.processor.Parameters.set;

import dev.postevent.internal.jdbc.LocalTransaction;
import dev.postevent.internal.processor.LaneStore.Poll;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
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
    private static final String CURSORS =
            "select cursor from postevent_inbox.lane where application = ? and subscription = ? order by lane";
    private static final String PROGRESS = String.format(Locale.ROOT, """
            select n.name,
                   array(select l.cursor from postevent_inbox.lane l
                          where l.application = ? and l.subscription = n.name order by l.lane),
                   array(select l.owner from postevent_inbox.lane l
                          where l.application = ? and l.subscription = n.name and l.owner is not null
                            and %s > pg_catalog.clock_timestamp()),
                   h.waiting, h.behind, h.parked, h.failing
              from pg_catalog.unnest(?::text[]) as n(name)
             cross join lateral (
                   select pg_catalog.count(*) filter (where e.state = 'waiting') as waiting,
                          pg_catalog.count(*) filter (where e.state = 'behind') as behind,
                          pg_catalog.count(*) filter (where e.state = 'parked') as parked,
                          coalesce(extract(epoch from pg_catalog.clock_timestamp() - pg_catalog.min(e.first_failed_at)
                              filter (where e.state = 'waiting' and e.attempts > 0)) * 1000, 0) as failing
                     from postevent_inbox.held_event e where e.application = ? and e.subscription = n.name) h
            """, LeaseStore.EXPIRES);

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
     * @param cursors by lane; none if it is not registered
     * @param owners how many lanes each node has; lanes without a living owner are not counted
     */
    record Progress(List<Long> cursors, Map<String, Integer> owners, SubscriptionStatus.HeldNumbers held) {}

    /** The cursors alone, by lane; none if the subscription is not registered. */
    List<Long> cursors(String subscription) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<Long> cursors = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(CURSORS);
                    ResultSet row = set(select, application, subscription).executeQuery()) {
                while (row.next()) {
                    cursors.add(row.getLong(1));
                }
            }
            return cursors;
        });
    }

    /** Where each of these is, by name. One statement, however many they are. */
    Map<String, Progress> progress(Collection<String> subscriptions) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            Map<String, Progress> all = new HashMap<>();
            try (PreparedStatement select = connection.prepareStatement(PROGRESS);
                    ResultSet row = set(
                                    select,
                                    application,
                                    application,
                                    connection.createArrayOf("text", subscriptions.toArray()),
                                    application)
                            .executeQuery()) {
                while (row.next()) {
                    all.put(row.getString(1), progress(row));
                }
            }
            return all;
        });
    }

    private static Progress progress(ResultSet row) throws SQLException {
        Map<String, Integer> owners = new TreeMap<>();
        for (String owner : (String[]) row.getArray(3).getArray()) {
            owners.merge(owner, 1, Integer::sum);
        }
        return new Progress(
                List.of((Long[]) row.getArray(2).getArray()),
                owners,
                new SubscriptionStatus.HeldNumbers(
                        row.getLong(4), row.getLong(5), row.getLong(6), millis(row.getDouble(7))));
    }
}
