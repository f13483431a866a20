package dev.postevent.internal.processor;

import static dev.postevent.internal.processor.Parameters.set;

import dev.postevent.Operator;
import dev.postevent.PosteventException;
import dev.postevent.Subscriptions;
import dev.postevent.internal.jdbc.LocalTransaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** SQL of the table operation: what operators changed. */
final class OperationStore {
    private static final String BEGIN = """
            insert into postevent_inbox.operation (application, subscription, action, what, operator, reason, key, node)
            values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (application, key) do nothing returning id
            """;
    // whoever has it at work lets the row go with its next part; then both go on, each with what is left
    private static final String OF_KEY = """
            select id, subscription, action, what, changed, ended_at is not null
              from postevent_inbox.operation where application = ? and key = ? for update
            """;
    private static final String CHANGED = """
            update postevent_inbox.operation
               set changed = changed + ?, ended_at = case when ? then pg_catalog.clock_timestamp() end
             where id = ? returning changed
            """;
    private static final String OPERATIONS = """
            select id, subscription, action, what, operator, reason, node, began_at, ended_at, changed
              from postevent_inbox.operation
            """;
    private static final String LIST = OPERATIONS + """
             where application = ? and (subscription = ? or ?) and id < ? order by id desc limit ?
            """;
    private static final String LAST_PAUSE = OPERATIONS + """
             where application = ? and subscription = ? and action = 'pause' order by id desc limit 1
            """;

    private final DataSource dataSource;
    private final String application;
    private final String node;

    OperationStore(DataSource dataSource, Member member) {
        this.dataSource = dataSource;
        this.application = member.application().name();
        this.node = member.node();
    }

    /** What is to be changed. */
    record Asked(String subscription, String name, String what) {}

    /**
     * An operation that is to be carried out, or was.
     *
     * @param changed so far
     * @param ended nothing is left of it
     */
    record Begun(long id, long changed, boolean ended) {}

    /**
     * Writes down that it begins, in the transaction of the connection, or finds it under its key.
     *
     * @throws PosteventException if the key was used for another one
     */
    Begun begin(Connection connection, Asked action, Operator by) throws SQLException {
        String key = by.key().orElse(null);
        try (PreparedStatement insert = connection.prepareStatement(BEGIN);
                ResultSet row = set(
                                insert,
                                application,
                                action.subscription(),
                                action.name(),
                                action.what(),
                                by.name(),
                                by.reason(),
                                key,
                                node)
                        .executeQuery()) {
            if (row.next()) {
                return new Begun(row.getLong(1), 0, false);
            }
        }
        return ofKey(connection, action, key);
    }

    private Begun ofKey(Connection connection, Asked action, @Nullable String key) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(OF_KEY);
                ResultSet row = set(select, application, key).executeQuery()) {
            if (!row.next()) {
                throw new SQLException("the operation with key '" + key + "' was removed while it was asked for");
            }
            Asked before = new Asked(row.getString(2), row.getString(3), row.getString(4));
            if (!before.equals(action)) {
                throw new PosteventException(
                        "PSTEV34009",
                        "the key '" + key + "' was used for another operation: " + before.name() + " " + before.what()
                                + " of " + before.subscription() + ". Use a new key for each");
            }
            return new Begun(row.getLong(1), row.getLong(5), row.getBoolean(6));
        }
    }

    /** Counts what was changed, in the same transaction; returns what was changed in all. */
    long changed(Connection connection, Begun begun, long more, boolean ended) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(CHANGED);
                ResultSet row = set(update, more, ended, begun.id()).executeQuery()) {
            if (!row.next()) {
                throw new SQLException("the operation " + begun.id() + " was removed while it was under way");
            }
            return row.getLong(1);
        }
    }

    /**
     * The newest first.
     *
     * @param subscription null: of all
     * @param before only those with a smaller id
     */
    List<Subscriptions.Operation> list(@Nullable String subscription, long before, int limit) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<Subscriptions.Operation> operations = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(LIST);
                    ResultSet row = set(select, application, subscription, subscription == null, before, limit)
                            .executeQuery()) {
                while (row.next()) {
                    operations.add(done(row));
                }
            }
            return operations;
        });
    }

    /** The last operation that paused a subscription; empty: none is known. */
    Optional<Subscriptions.Operation> lastPause(String subscription) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            try (PreparedStatement select = connection.prepareStatement(LAST_PAUSE);
                    ResultSet row = set(select, application, subscription).executeQuery()) {
                return row.next() ? Optional.of(done(row)) : Optional.empty();
            }
        });
    }

    private static Subscriptions.Operation done(ResultSet row) throws SQLException {
        return new DoneOperation(
                row.getLong(1),
                row.getString(2),
                Subscriptions.Operation.Action.valueOf(row.getString(3).toUpperCase(Locale.ROOT)),
                row.getString(4),
                new By(row.getString(5), row.getString(6), row.getString(7)),
                new Course(
                        row.getTimestamp(8).toInstant(),
                        Optional.ofNullable(row.getTimestamp(9)).map(Timestamp::toInstant),
                        row.getLong(10)));
    }

    /** Who asked for it, why, and on which node. */
    private record By(String operator, String reason, String node) {}

    /** How far it has come. */
    private record Course(Instant began, Optional<Instant> ended, long changed) {}

    /** As it is listed. */
    private record DoneOperation(long id, String subscription, Action action, String what, By by, Course course)
            implements Subscriptions.Operation {
        @Override
        public String operator() {
            return by.operator();
        }

        @Override
        public String reason() {
            return by.reason();
        }

        @Override
        public String node() {
            return by.node();
        }

        @Override
        public Instant began() {
            return course.began();
        }

        @Override
        public Optional<Instant> ended() {
            return course.ended();
        }

        @Override
        public long changed() {
            return course.changed();
        }
    }
}
