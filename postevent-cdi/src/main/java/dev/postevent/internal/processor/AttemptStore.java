package dev.postevent.internal.processor;

import static dev.postevent.internal.processor.Parameters.set;

import dev.postevent.Subscriptions;
import dev.postevent.internal.jdbc.LocalTransaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * SQL of the table attempt, for one subscription: what the attempts of a held event failed of. Its rows go with the row of the held
 * event, by the foreign key, whoever deletes that.
 */
final class AttemptStore {
    /** Of one event; the first is one of them. */
    static final int KEPT_MAX = 20;

    // The first attempt has place 0 for as long as the event is held; those after it take turns in the other places.
    // So of no event there are more rows than places, and what is not kept any more need not be looked for.
    private static final String KEEP = """
            with failed as (${failed})
            insert into postevent_inbox.attempt
                (application, subscription, idn, place, nth, number, failed_at, node, took_micros, cause, stack)
            select f.application, f.subscription, f.idn, case n.nth when 1 then 0 else 1 + n.nth % ${turns} end, n.nth,
                   f.number, pg_catalog.clock_timestamp(), ?, ?, ?, ?
              from failed f
             cross join lateral (select coalesce(pg_catalog.max(a.nth), 0) + 1 as nth
                                   from postevent_inbox.attempt a
                                  where a.application = f.application and a.subscription = f.subscription
                                    and a.idn = f.idn) n
            on conflict (application, subscription, idn, place) do update
               set nth = excluded.nth, number = excluded.number, failed_at = excluded.failed_at, node = excluded.node,
                   took_micros = excluded.took_micros, cause = excluded.cause, stack = excluded.stack
            """.replace("${turns}", Integer.toString(KEPT_MAX - 1));
    private static final String KEEP_OF_HELD = keeping("""
            select application, subscription, idn, ?::integer as number from postevent_inbox.held_event
             where application = ? and subscription = ? and idn = ?
            """);
    private static final String LIST = """
            select number, failed_at, node, took_micros, cause, stack
              from postevent_inbox.attempt where application = ? and subscription = ? and idn = ? order by nth desc
            """;

    private final DataSource dataSource;
    private final String application;
    private final String node;
    private final String subscription;

    AttemptStore(DataSource dataSource, Member member, String subscription) {
        this.dataSource = dataSource;
        this.application = member.application().name();
        this.node = member.node();
        this.subscription = subscription;
    }

    /**
     * The statement that also keeps the attempt, which counts what {@code failed} returns.
     *
     * @param failed returns {@code application}, {@code subscription}, {@code idn} and {@code number} of a held event whose attempt
     *     failed
     */
    static String keeping(String failed) {
        return KEEP.replace("${failed}", failed);
    }

    /** The values of such a statement: those of {@code failed}, and these. */
    @Nullable
    Object[] with(@Nullable Object[] failed, LaneStore.Failure failure) {
        return Parameters.with(failed, node, failure.took().toNanos() / 1_000, failure.cause(), failure.stack());
    }

    /** With a failure, which is made of texts of others. */
    interface Written {
        boolean with(LaneStore.Failure failure) throws SQLException;
    }

    /** A text this database cannot store, in its encoding for one, must not keep what failed from being written down. */
    static boolean written(LaneStore.Failure failure, Written statement) throws SQLException {
        try {
            return statement.with(failure);
        } catch (SQLException e) {
            String state = String.valueOf(e.getSQLState());
            if (!(state.startsWith("22") || state.startsWith("54"))) {
                throw e;
            }
            return statement.with(failure.inAscii());
        }
    }

    /** Keeps an attempt of an event that is held already. */
    void keep(Connection connection, long position, int number, LaneStore.Failure failure) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement(KEEP_OF_HELD)) {
            set(insert, with(new @Nullable Object[] {number, application, subscription, position}, failure))
                    .executeUpdate();
        }
    }

    /** The newest first. */
    List<Subscriptions.Attempt> list(long position) throws SQLException {
        return LocalTransaction.each(dataSource, connection -> {
            List<Subscriptions.Attempt> attempts = new ArrayList<>();
            try (PreparedStatement select = connection.prepareStatement(LIST);
                    ResultSet row =
                            set(select, application, subscription, position).executeQuery()) {
                while (row.next()) {
                    attempts.add(new KeptAttempt(
                            row.getInt(1),
                            row.getTimestamp(2).toInstant(),
                            row.getString(3),
                            Duration.of(row.getLong(4), ChronoUnit.MICROS),
                            row.getString(5),
                            Optional.ofNullable(row.getString(6))));
                }
            }
            return attempts;
        });
    }

    /** As it is listed. */
    private record KeptAttempt(
            int number, Instant at, String node, Duration duration, String cause, Optional<String> stack)
            implements Subscriptions.Attempt {}
}
