package dev.postevent.internal.processor;

import dev.postevent.PosteventException;
import dev.postevent.internal.processor.LaneStore.Registered;
import dev.postevent.spi.TopicName;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * SQL that makes a subscription and its lanes.
 *
 * <p>What was stored before subscriptions belonged to an application is nobody's: the application of the name ''. The first
 * application that registers a subscription of that name and topic takes it over, and by the keys, which cascade, its lanes with their
 * cursors, what it holds, its members and leases.
 */
final class RegistrationStore {
    private static final System.Logger LOG = System.getLogger("dev.postevent.processor");

    // of several at once one takes the row over, and the others wait for it and find it taken: by their own
    // application, whose subscription is there then, or by another one, beside which they begin anew
    private static final String ADD_SUBSCRIPTION = """
            with adopted as (
                update postevent_inbox.subscription s set application = ?
                 where s.application = '' and s.name = ? and s.topic = ?
                   and not exists (select from postevent_inbox.subscription o where o.application = ? and o.name = s.name)
                returning s.name),
            added as (
                insert into postevent_inbox.subscription (application, name, topic, lanes, begins, begins_after, begins_time)
                select ?, ?, ?, ?, ?, ?, ?::timestamptz where not exists (select from adopted) and ?
                on conflict (application, name) do nothing
                returning name)
            select exists (select from adopted),
                   (select pg_catalog.string_agg(o.application, ', ' order by o.application)
                      from postevent_inbox.subscription o
                     where o.name = ? and o.topic = ? and o.application not in (?, '')
                       and (exists (select from added)
                            or ? and not exists (select from adopted)
                               and not exists (select from postevent_inbox.subscription w
                                                where w.application = ? and w.name = o.name)))
            """;
    private static final String SUBSCRIPTION = """
            select topic, lanes, paused, begins, begins_after, begins_time
              from postevent_inbox.subscription where application = ? and name = ?
            """;
    private static final String ADD_LANES = """
            insert into postevent_inbox.lane (application, subscription, lane) select ?, ?, pg_catalog.generate_series(0, ? - 1)
            on conflict (application, subscription, lane) do nothing
            """;

    private final Application application;

    RegistrationStore(Application application) {
        this.application = application;
    }

    /**
     * In a transaction.
     *
     * @param start where it begins if it is new; an open one: it is left as it is
     * @return empty if it is new and {@code start} is open
     * @throws PosteventException if it would begin anew, nobody gave the application its name, and it may be the one of another name
     */
    Optional<Registered> register(Connection connection, String name, TopicName topic, int lanes, Start start)
            throws SQLException {
        Added added = add(connection, name, topic, lanes, start);
        if (added.adopted()) {
            LOG.log(
                    Level.INFO,
                    "subscription " + name + " goes on where it was stored without an application's name; from now on"
                            + " it is application " + application.name() + "'s");
        }
        String others = added.others();
        if (others != null) {
            beginBeside(name, others, start);
        }
        Optional<Registered> registered = registered(connection, name);
        if (registered.isEmpty()) {
            if (!start.isOpen()) {
                throw new SQLException("the subscription " + name + " was removed while it was registered");
            }
            return registered;
        }
        try (PreparedStatement add = connection.prepareStatement(ADD_LANES)) {
            Parameters.set(add, application.name(), name, registered.get().lanes())
                    .executeUpdate();
        }
        return registered;
    }

    /** Of the same application under a former name, its events would be handled once more, from its start on. */
    private void beginBeside(String name, String others, Start start) {
        String begin = "subscription " + name + " is a new one of application " + application.name()
                + ", and application " + others + " has one of the same name and topic";
        if (!application.given()) {
            throw new PosteventException(
                    "PSTEV34005",
                    begin + ". The name is the server's, which a new release may change, so this may be the same"
                            + " application. Set postevent.application: to the former name if it is, then it goes on"
                            + " where it was; to any other if it is not, then it begins anew, which here is: "
                            + start.text());
        }
        if (start.isOpen()) {
            // said when it is made
            return;
        }
        LOG.log(
                Level.WARNING,
                begin
                        + ". It begins anew, which here is: " + start.text()
                        + ". If this is the same application, stop it and see \"Renaming"
                        + " an application\" in docs/operations.md");
    }

    /**
     * What was found.
     *
     * @param adopted it was there and nobody's
     * @param others it is new, made or still to be made, and these applications have one of the same name and topic; null: none, or
     *     it is there
     */
    private record Added(boolean adopted, @Nullable String others) {}

    private Added add(Connection connection, String name, TopicName topic, int lanes, Start start) throws SQLException {
        String ours = application.name();
        String of = topic.value();
        Instant time = start.time();
        try (PreparedStatement add = connection.prepareStatement(ADD_SUBSCRIPTION);
                ResultSet row = Parameters.set(
                                add,
                                ours,
                                name,
                                of,
                                ours,
                                ours,
                                name,
                                of,
                                lanes,
                                start.kind().stored(),
                                start.after(),
                                time == null ? null : time.toString(),
                                !start.isOpen(),
                                name,
                                of,
                                ours,
                                start.isOpen(),
                                ours)
                        .executeQuery()) {
            row.next();
            return new Added(row.getBoolean(1), row.getString(2));
        }
    }

    private Optional<Registered> registered(Connection connection, String name) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(SUBSCRIPTION);
                ResultSet row = Parameters.set(select, application.name(), name).executeQuery()) {
            return row.next()
                    ? Optional.of(new Registered(row.getString(1), row.getInt(2), row.getBoolean(3), start(row, 4)))
                    : Optional.empty();
        }
    }

    /** Of begins, begins_after, begins_time, the first of which is the column of that number. */
    static Start start(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column + 2, OffsetDateTime.class);
        return new Start(
                Start.Kind.valueOf(row.getString(column).toUpperCase(Locale.ROOT)),
                row.getLong(column + 1),
                time == null ? null : time.toInstant());
    }
}
