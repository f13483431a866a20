package dev.postevent.internal.processor;

import static dev.postevent.internal.processor.Parameters.set;

import dev.postevent.Subscriptions;
import dev.postevent.internal.jdbc.LocalTransaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;

/** SQL of subscriptions of this application that are stored, and that the release on this node does not have. */
final class UndeployedStore {
    private static final String LIST = """
            select s.name, s.topic,
                   (select coalesce(pg_catalog.min(l.cursor), 0) from postevent_inbox.lane l
                     where l.application = s.application and l.subscription = s.name),
                   (select pg_catalog.count(*) from postevent_inbox.held_event e
                     where e.application = s.application and e.subscription = s.name),
                   array(select m.node from postevent_inbox.member m
                          where m.application = s.application and m.subscription = s.name
                            and m.expires > pg_catalog.clock_timestamp() order by m.node)
              from postevent_inbox.subscription s
             where s.application = ? and s.name <> all (?)
             order by s.name
            """;
    private static final String RUN_BY = """
            select m.node from postevent_inbox.member m
             where m.application = ? and m.subscription = ? and m.expires > pg_catalog.clock_timestamp() order by m.node
            """;
    // lanes, leases, members, what is held and its attempts go with it
    private static final String DELETE = "delete from postevent_inbox.subscription where application = ? and name = ?";

    private final DataSource dataSource;
    private final String application;
    private final SubscriptionLockStore lock;

    UndeployedStore(DataSource dataSource, Member member) {
        this.dataSource = dataSource;
        this.application = member.application().name();
        this.lock = new SubscriptionLockStore(member);
    }

    /** As it is listed. */
    private record Listed(String name, String topic, long handled, long held, Set<String> nodes)
            implements Subscriptions.Undeployed {}

    /** All but those of these names, by name. */
    List<Subscriptions.Undeployed> list(Collection<String> deployed) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<Subscriptions.Undeployed> all = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(LIST);
                    ResultSet row = set(select, application, connection.createArrayOf("text", deployed.toArray()))
                            .executeQuery()) {
                while (row.next()) {
                    all.add(new Listed(
                            row.getString(1), row.getString(2), row.getLong(3), row.getLong(4), Set.of((String[])
                                    row.getArray(5).getArray())));
                }
            }
            return all;
        });
    }

    /** Locks it until the end of the transaction; the nodes that run it, or empty if it is not there. */
    Optional<List<String>> lock(Connection connection, String subscription) throws SQLException {
        // a node that registers is seen, or comes later and finds nothing
        if (!lock.take(connection, subscription)) {
            return Optional.empty();
        }
        List<String> nodes = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement(RUN_BY);
                ResultSet row = set(select, application, subscription).executeQuery()) {
            while (row.next()) {
                nodes.add(row.getString(1));
            }
        }
        return Optional.of(nodes);
    }

    /** In the transaction in which it was locked. */
    void delete(Connection connection, String subscription) throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement(DELETE)) {
            set(delete, application, subscription).executeUpdate();
        }
    }
}
